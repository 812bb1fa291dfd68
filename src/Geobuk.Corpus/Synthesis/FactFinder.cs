using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Synthesis;

/// <summary>
/// Finds facts by the drafting forms of Korean statutes: definitions ("…"이란 …을 말한다), deadlines (…일 이내), amounts (…원 이하),
/// responsible bodies (국방부장관은 …한다), citations (「…」에 따른) and delegation (대통령령으로 정한다). A form that is not certain is passed
/// over: a sentence with two values of a kind asks for neither.
/// </summary>
public static partial class FactFinder
{
    private const int ShortestContext = 20, LongestContext = 180, LongestTerm = 20;

    [GeneratedRegex(@"^[""“](?<term>[^""”]{2,20})[""”](?:\([^)]*\))?(?:이란|란) (?<meaning>.+?)(?:을|를) 말한다\.")]
    private static partial Regex Definition();

    [GeneratedRegex(@"(?<value>\d+(?:일|개월|년|주|시간)) ?(?:이내|전까지)")]
    private static partial Regex Deadline();

    [GeneratedRegex(@"(?<value>\d[\d,]*(?:[십백천]*[만억])?(?:\d*[천백]?만)? ?원) ?(?:이하|이상|미만|초과)")]
    private static partial Regex Amount();

    [GeneratedRegex(@"^(?<value>[가-힣ㆍ]{2,14}(?:장관|청장|위원장|위원회|총장|사령관|처장|원장|이사장|본부장|부대장))(?:은|는) ")]
    private static partial Regex Body();

    [GeneratedRegex(@"「(?<value>[^」]{3,30})」")]
    private static partial Regex Citation();

    [GeneratedRegex(@"(?<value>대통령령|총리령|[가-힣]{2,8}부령|[가-힣]{2,10}훈령|대법원규칙)으로 정한다")]
    private static partial Regex Delegation();

    private static readonly (FactKind Kind, Regex Form)[] Forms =
    [
        (FactKind.Deadline, Deadline()), (FactKind.Amount, Amount()), (FactKind.ResponsibleBody, Body()), (FactKind.Citation, Citation()), (FactKind.Delegation, Delegation()),
    ];

    /// <summary>Every fact of an article, in the order of its provisions.</summary>
    public static IEnumerable<StatuteFact> Find(StatuteArticle article)
    {
        foreach (var provision in article.Provisions)
        {
            if (Definition().Match(provision.Text) is { Success: true } definition)
            {
                if (definition.Groups["term"].Length <= LongestTerm && definition.Groups["meaning"].Length is >= ShortestContext and <= LongestContext)
                    yield return new StatuteFact(FactKind.Definition, article, provision.Path, definition.Groups["term"].Value, definition.Groups["meaning"].Value);
                continue;
            }
            foreach (var sentence in Sentences(provision.Text).Where(sentence => sentence.Length is >= ShortestContext and <= LongestContext))
                foreach (var (kind, form) in Forms)
                    if (Only(form, sentence) is { } value)
                        yield return new StatuteFact(kind, article, provision.Path, value.Value, sentence[..value.Index] + StatuteFact.Gap + sentence[(value.Index + value.Length)..]);
        }
    }

    /// <summary>The value where the sentence has exactly one of the kind and names it nowhere else.</summary>
    private static Group? Only(Regex form, string sentence)
    {
        var matches = form.Matches(sentence);
        if (matches.Count != 1) return null;
        var value = matches[0].Groups["value"];
        return sentence.IndexOf(value.Value, StringComparison.Ordinal) == sentence.LastIndexOf(value.Value, StringComparison.Ordinal) ? value : null;
    }

    /// <summary>Statutes end a sentence with "다."; what is cut off before it is no sentence.</summary>
    private static IEnumerable<string> Sentences(string text)
    {
        for (int start = 0, end; (end = text.IndexOf("다.", start, StringComparison.Ordinal)) >= 0; start = end + 2)
            yield return text[start..(end + 2)].Trim();
    }
}
