using System.Text;
using System.Text.RegularExpressions;

namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>Lines to paragraphs and tables. Rows whose words are set apart by wide gaps that repeat below one another are a table.</summary>
internal static partial class PdfParagraphs
{
    private const double WideGap = 1.6, FullLine = 0.85, LineSpacing = 1.9, SameColumn = 12;

    [GeneratedRegex(@"^(?:제\s?\d+\s?[편장절관조]|[①-⑳㉑-㉟]|\d{1,3}(?:의\d+)?[.)]|[가-하][.)]\s|[-•●○■□◆▪※*·]\s?|\([가-하\d]{1,2}\)|[IVX]{1,4}\.|부\s?칙)")]
    private static partial Regex Beginning();

    /// <summary>Adds the blocks of a page.</summary>
    public static void Add(PdfPageText page, DocumentParts parts)
    {
        var count = 0;
        for (var i = 0; i < page.Lines.Count;)
        {
            var rows = TableRows(page.Lines, i);
            if (rows > 0)
            {
                var table = ToTable(page.Lines.GetRange(i, rows));
                parts.Add(new Block(BlockKind.Table, 0, $"{parts.Root}/{page.Number}쪽/{++count}", table.ToText()) { Table = table, Page = page.Number });
                i += rows;
                continue;
            }
            var text = new StringBuilder(page.Lines[i].Text);
            var last = page.Lines[i++];
            while (i < page.Lines.Count && TableRows(page.Lines, i) == 0 && GoesOn(last, page.Lines[i]))
            {
                Join(text, page.Lines[i].Text);
                last = page.Lines[i++];
            }
            parts.Add(new Block(BlockKind.Text, 0, $"{parts.Root}/{page.Number}쪽/{++count}", text.ToString()) { Page = page.Number });
        }
    }

    private static bool GoesOn(PdfLine line, PdfLine next) =>
        !Beginning().IsMatch(next.Text)
        && line.ColumnLeft == next.ColumnLeft && line.ColumnRight == next.ColumnRight
        && line.Right >= line.ColumnLeft + FullLine * (line.ColumnRight - line.ColumnLeft)
        && line.Top - next.Top <= LineSpacing * Math.Max(line.Height, next.Height) && line.Top > next.Top
        && Math.Max(line.Height, next.Height) <= 1.4 * Math.Min(line.Height, next.Height);

    // A hyphen at the end of a line of Latin letters parts a word.
    private static void Join(StringBuilder text, string next)
    {
        if (text.Length > 1 && text[^1] == '-' && char.IsAsciiLetter(text[^2]) && char.IsAsciiLetterLower(next[0])) text.Length--;
        else text.Append(' ');
        text.Append(next);
    }

    private static int TableRows(List<PdfLine> lines, int from)
    {
        var rows = 0;
        List<double>? starts = null;
        for (var i = from; i < lines.Count; i++)
        {
            var cells = Cells(lines[i]);
            if (cells.Count < 2) break;
            var own = cells.ConvertAll(cell => cell[0].Left);
            if (starts is not null && !own.Skip(1).Any(left => starts.Exists(start => Math.Abs(start - left) < SameColumn))) break;
            starts = starts is null ? own : [.. starts.Union(own)];
            rows++;
        }
        return rows >= 2 ? rows : 0;
    }

    private static List<List<PdfWord>> Cells(PdfLine line)
    {
        var cells = new List<List<PdfWord>> { new() { line.Words[0] } };
        foreach (var word in line.Words.Skip(1))
        {
            if (word.Left - cells[^1].Max(other => other.Right) > WideGap * line.Height) cells.Add([]);
            cells[^1].Add(word);
        }
        return cells;
    }

    private static Table ToTable(List<PdfLine> lines)
    {
        var columns = new List<double>();
        foreach (var left in lines.SelectMany(line => Cells(line).Select(cell => cell[0].Left)).Order())
            if (columns.Count == 0 || left - columns[^1] >= SameColumn) columns.Add(left);
        var cells = lines.SelectMany((line, row) => Cells(line).Select(cell => new TableCell(
            row, columns.FindLastIndex(start => cell[0].Left >= start - 0.01), 1, 1, string.Join(' ', cell.Select(word => word.Text))))).ToList();
        return new Table(lines.Count, columns.Count, cells);
    }
}
