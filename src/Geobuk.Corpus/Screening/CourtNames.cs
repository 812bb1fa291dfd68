using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Screening;

/// <summary>
/// Names of parties in court decisions: those that the heading of a decision gives after 【원고】, 【피고인】 and their like, there
/// and wherever they come again. Judges and counsel act in office and stay. Only text with the headings of a decision is looked at.
/// </summary>
internal static partial class CourtNames
{
    private const string Surnames = "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감음빈동온호범좌팽승간상시갈단";

    /// <summary>Where names stand: start and length.</summary>
    public static IEnumerable<(int Start, int Length)> Find(string text)
    {
        if (!Decision().IsMatch(text)) return [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match heading in Party().Matches(text))
            foreach (Match name in Name().Matches(heading.Groups["names"].Value))
                if (Surnames.Contains(name.Value[0], StringComparison.Ordinal) && !NotName().IsMatch(name.Value)) names.Add(name.Value);
        return names.SelectMany(name => Places(text, name));
    }

    private static IEnumerable<(int, int)> Places(string text, string name)
    {
        for (var at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + name.Length, StringComparison.Ordinal))
        {
            var startsWord = at == 0 || text[at - 1] is < '가' or > '힣';
            if (startsWord && AfterName().IsMatch(text.AsSpan(at + name.Length, Math.Min(4, text.Length - at - name.Length)))) yield return (at, name.Length);
        }
    }

    [GeneratedRegex(@"【\s*(?:주\s*문|이\s*유|판\s*시\s*사\s*항)\s*】", RegexOptions.CultureInvariant)]
    private static partial Regex Decision();

    [GeneratedRegex(@"【\s*(?:원\s*고|피\s*고\s*인?|반소|재심|상\s*고\s*인|항\s*소\s*인|신\s*청\s*인|피\s*신\s*청\s*인|청\s*구\s*인|피\s*청\s*구\s*인|재항고인|항고인|채권자|채무자|피\s*해\s*자|참가인)[^】\n]{0,30}】\s*(?<names>[^【\n]{1,120})", RegexOptions.CultureInvariant)]
    private static partial Regex Party();

    // Counsel after the parties is not a party.
    [GeneratedRegex(@"(?<![가-힣])(?<!(?:변호사|대리인|변호인|법무법인)\s?)[가-힣]{2,4}(?=$|[\s,.()외])", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?:시|군|구|도|청|장|부|회|사|원|국|단|인|대학교|공사|조합|은행|재단|법인|소송|대리|변호사|주식|외\s?\d)$|^(?:대한|서울|주식|소송|담당|변호|검사|국방|육군|해군|공군|성명|원고|피고)", RegexOptions.CultureInvariant)]
    private static partial Regex NotName();

    [GeneratedRegex(@"^(?:[^가-힣]|$|은|는|이|가|을|를|의|과|와|에|도|로|으로|만|께|씨|외)", RegexOptions.CultureInvariant)]
    private static partial Regex AfterName();
}
