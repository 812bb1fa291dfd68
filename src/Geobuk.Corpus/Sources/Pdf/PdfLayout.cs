namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>
/// Reading order by cuts: a region is cut at an empty vertical strip where both sides are columns of running text, else at the
/// widest empty horizontal strip above which, or below which, such a column cut exists; what cannot be cut is read line by line.
/// A strip between table columns is no gutter: the lines beside it do not fill their side.
/// </summary>
internal static class PdfLayout
{
    private const int LeastLinesOfColumn = 4, DeepestCut = 24;
    private const double LeastGutter = 8, FullLine = 0.75, ShareOfFullLines = 0.5;

    /// <summary>The lines of a page's words.</summary>
    public static List<PdfLine> Lines(List<PdfWord> words)
    {
        var lines = new List<PdfLine>();
        Cut(words, lines, 0);
        return lines;
    }

    private static void Cut(List<PdfWord> words, List<PdfLine> lines, int depth)
    {
        if (words.Count == 0) return;
        if (depth < DeepestCut)
        {
            if (Gutter(words) is { } gutter)
            {
                Cut(words.FindAll(word => Middle(word) < gutter), lines, depth + 1);
                Cut(words.FindAll(word => Middle(word) >= gutter), lines, depth + 1);
                return;
            }
            foreach (var height in HorizontalGaps(words))
            {
                var (above, below) = (words.FindAll(word => word.Bottom >= height), words.FindAll(word => word.Bottom < height));
                if (above.Count == 0 || below.Count == 0 || Gutter(above) is null && Gutter(below) is null) continue;
                Cut(above, lines, depth + 1);
                Cut(below, lines, depth + 1);
                return;
            }
        }
        lines.AddRange(InRegion(words));
    }

    private static double Middle(PdfWord word) => (word.Left + word.Right) / 2;

    // Empty strips between lines, the widest first.
    private static IEnumerable<double> HorizontalGaps(List<PdfWord> words)
    {
        var gaps = new List<(double Size, double At)>();
        var lowest = double.PositiveInfinity;
        foreach (var word in words.OrderByDescending(word => word.Top))
        {
            if (word.Top < lowest && !double.IsPositiveInfinity(lowest)) gaps.Add((lowest - word.Top, (lowest + word.Top) / 2));
            lowest = Math.Min(lowest, word.Bottom);
        }
        return gaps.OrderByDescending(gap => gap.Size).Take(8).Select(gap => gap.At);
    }

    private static double? Gutter(List<PdfWord> words)
    {
        if (words.Count < 2 * LeastLinesOfColumn) return null;
        double? best = null;
        double size = LeastGutter, reach = double.NegativeInfinity;
        foreach (var word in words.OrderBy(word => word.Left))
        {
            if (!double.IsNegativeInfinity(reach) && word.Left - reach > size)
            {
                var at = (word.Left + reach) / 2;
                if (IsColumn(words.FindAll(other => Middle(other) < at)) && IsColumn(words.FindAll(other => Middle(other) >= at))) (best, size) = (at, word.Left - reach);
            }
            reach = Math.Max(reach, word.Right);
        }
        return best;
    }

    private static bool IsColumn(List<PdfWord> words)
    {
        var lines = InRegion(words);
        if (lines.Count < LeastLinesOfColumn) return false;
        var width = lines[0].ColumnRight - lines[0].ColumnLeft;
        return lines.Count(line => line.Right - line.Left >= FullLine * width) >= ShareOfFullLines * lines.Count && words.Count >= 2 * lines.Count;
    }

    private static List<PdfLine> InRegion(List<PdfWord> words)
    {
        var (left, right) = (words.Count == 0 ? 0 : words.Min(word => word.Left), words.Count == 0 ? 0 : words.Max(word => word.Right));
        var lines = new List<List<PdfWord>>();
        foreach (var word in words.OrderByDescending(word => (word.Bottom + word.Top) / 2))
        {
            // A word whose middle lies in the line above belongs to it.
            var middle = (word.Bottom + word.Top) / 2;
            if (lines.Count > 0 && middle > lines[^1].Min(other => other.Bottom) && middle > lines[^1][0].Bottom - 0.2 * lines[^1][0].Height) lines[^1].Add(word);
            else lines.Add([word]);
        }
        return lines.ConvertAll(line => new PdfLine([.. line.OrderBy(word => word.Left)], left, right));
    }
}
