using System.Text.RegularExpressions;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Sources;

namespace Geobuk.CorpusBench;

/// <summary>
/// Checks the parse of 조, 항 and 호 by the citations of the statutes themselves: what one article cites must be found where the parser put it.
/// Counted are citations of laws in the set by name (「병역법」 제5조제1항제2호) and of the same law (제5조제1항), outside supplementary provisions, which
/// cite versions long gone. Not counted is what follows another law in its sentence, since a list may go on with that one.
/// </summary>
internal static partial class Citations
{
    [GeneratedRegex(@"「(?<law>[^」]{2,80})」(?:\s?(?<place>제(?<article>\d+)조(?<branch>의\d+)?(?:제(?<clause>\d+)항)?(?:제(?<item>\d+)호(?<itembranch>의\d+)?)?))?")]
    private static partial Regex Named();

    [GeneratedRegex(@"(?<place>제(?<article>\d+)조(?<branch>의\d+)?(?:제(?<clause>\d+)항)?(?:제(?<item>\d+)호(?<itembranch>의\d+)?)?)")]
    private static partial Regex Own();

    // Words before a citation without a name that make it one of another law, and what a law says of its former self.
    [GeneratedRegex(@"[」』]|(?:법|령|영|규칙|규정|조약|협약|협정|헌장|부칙|정관|고시|훈령|예규|조례|규약|지침)(?:\([^()]*\))?\s?(?=제\d)|종전|개정|같은|구\s")]
    private static partial Regex OtherLaw();

    [GeneratedRegex(@"이 (?:법|영|규칙|규정)\s?(?=제\d)")]
    private static partial Regex ThisLaw();

    public static int Run(string[] folders, bool list)
    {
        var documents = folders.SelectMany(folder => Directory.GetFiles(folder, "*.md", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)
            .AsParallel().AsOrdered().SelectMany(DocumentReaders.Read).Where(document => document.ArticleCount > 0).ToList();
        var laws = documents.GroupBy(document => Kinship.Letters(document.Title ?? "")).ToDictionary(group => group.Key, group => group.SelectMany(Places).ToHashSet());
        var counts = new SortedDictionary<string, (int Found, int All)>(StringComparer.Ordinal);
        int named = 0, inSet = 0;
        foreach (var document in documents)
        {
            var own = laws[Kinship.Letters(document.Title ?? "")];
            foreach (var block in Body(document))
            {
                foreach (Match match in Named().Matches(block.Text))
                {
                    named++;
                    if (!laws.TryGetValue(Kinship.Letters(match.Groups["law"].Value), out var places)) continue;
                    inSet++;
                    if (match.Groups["place"].Success) Count(counts, "named", match, places, document, list);
                }
                var heading = block.Kind == BlockKind.Article;
                foreach (Match match in Own().Matches(block.Text))
                {
                    if ((heading && match.Index == 0) || OtherLaw().IsMatch(ThisLaw().Replace(block.Text[..match.Index], "") + "제1")) continue;
                    Count(counts, "own", match, own, document, list);
                }
            }
        }
        Console.WriteLine($"{documents.Count} statutes, {documents.Sum(document => document.ArticleCount)} articles; {inSet} of {named} citations by name are of a law in the set");
        foreach (var (level, (found, all)) in counts) Console.WriteLine($"{level}: {found} of {all} resolve ({(double)found / all:P2})");
        Console.WriteLine($"all: {counts.Values.Sum(count => count.Found)} of {counts.Values.Sum(count => count.All)} resolve ({(double)counts.Values.Sum(count => count.Found) / Math.Max(1, counts.Values.Sum(count => count.All)):P2})");
        return 0;
    }

    private static void Count(SortedDictionary<string, (int Found, int All)> counts, string kind, Match match, HashSet<string> places, SourceDocument document, bool list)
    {
        var article = $"제{match.Groups["article"].Value}조{match.Groups["branch"].Value}";
        var (clause, item) = (match.Groups["clause"], match.Groups["item"]);
        var place = article;
        if (clause.Success) place += "/" + Circled(int.Parse(clause.Value));
        if (item.Success) place += $"/{item.Value}{match.Groups["itembranch"].Value}";
        var level = $"{kind} {(item.Success ? "3 호" : clause.Success ? "2 항" : "1 조")}";
        // An article of one paragraph has no ①, and is cited with and without 제1항.
        var found = places.Contains(place) || (clause.Value == "1" && places.Contains(place.Replace("/①", "")));
        var (good, all) = counts.GetValueOrDefault(level);
        counts[level] = (good + (found ? 1 : 0), all + 1);
        if (list && !found) Console.WriteLine($"  {document.Title}: {match.Value} ({place})");
    }

    private static IEnumerable<Block> Body(SourceDocument document)
    {
        var supplement = false;
        foreach (var block in document.Blocks)
        {
            if (block.Kind == BlockKind.Supplement) supplement = true;
            else if (block.Kind is >= BlockKind.Part and <= BlockKind.Article) supplement = false;
            if (!supplement) yield return block;
        }
    }

    private static IEnumerable<string> Places(SourceDocument document) =>
        Body(document).Select(block => block.Path.IndexOf('/') is var slash and >= 0 ? block.Path[(slash + 1)..] : "");

    private static string Circled(int number) => ((char)(number switch
    {
        <= 20 => '\u2460' + number - 1,
        <= 35 => '\u3251' + number - 21,
        _ => '\u32B1' + number - 36,
    })).ToString();
}
