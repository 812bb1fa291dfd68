using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>
/// Takes running heads and page numbers off the pages: lines at the top or bottom that say the same on many pages, numbers apart.
/// Each is kept once as a header or footer block, where markings are looked for.
/// </summary>
internal static partial class PdfRunningHeads
{
    private const int LinesLookedAt = 2, LeastPages = 3;
    private const double ShareOfPages = 0.4, EdgeShare = 0.15;

    [GeneratedRegex(@"\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"^(?:[-–—~\[(]\s*)?(?:\d{1,4}|[ivxlc]{1,7})(?:\s*[-–—~\])])?$|^\d{1,4}\s*/\s*\d{1,4}$|^(?:page|쪽)\s*\d{1,4}.{0,12}$", RegexOptions.IgnoreCase)]
    private static partial Regex PageNumber();

    /// <summary>Removes them from <paramref name="pages"/> and adds their blocks to <paramref name="parts"/>.</summary>
    public static void Remove(List<PdfPageText> pages, DocumentParts parts)
    {
        foreach (var zone in new[] { BlockZone.Header, BlockZone.Footer })
        {
            var candidates = pages.SelectMany(page => Edge(page, zone).Select(line => (page, line))).ToList();
            var counts = candidates.GroupBy(candidate => Key(candidate.line)).ToDictionary(group => group.Key, group => group.Select(candidate => candidate.page.Number).Distinct().Count());
            var needed = Math.Max(LeastPages, ShareOfPages * pages.Count);
            var seen = new HashSet<string>();
            foreach (var (page, line) in candidates)
            {
                var isNumber = PageNumber().IsMatch(line.Text.Trim());
                if (!isNumber && counts[Key(line)] < needed) continue;
                page.Lines.Remove(line);
                if (seen.Add(Key(line))) parts.Add(new Block(BlockKind.Text, 0, $"{parts.Root}/{(zone == BlockZone.Header ? "머리말" : "꼬리말")} {seen.Count}", line.Text) { Zone = zone, Page = page.Number });
            }
        }
    }

    private static IEnumerable<PdfLine> Edge(PdfPageText page, BlockZone zone) => zone == BlockZone.Header
        ? page.Lines.OrderByDescending(line => line.Top).Take(LinesLookedAt).Where(line => line.Bottom > page.Height * (1 - EdgeShare))
        : page.Lines.OrderBy(line => line.Bottom).Take(LinesLookedAt).Where(line => line.Top < page.Height * EdgeShare);

    private static string Key(PdfLine line) => Numbers().Replace(line.Text.Replace(" ", "", StringComparison.Ordinal), "#");
}
