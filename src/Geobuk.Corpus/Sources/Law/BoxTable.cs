using System.Text;

namespace Geobuk.Corpus.Sources.Law;

/// <summary>
/// Tables drawn with box characters in fixed width, in which Hangul and the boxes are two columns wide. A cell's lines are cut at
/// its width, in the middle of words: a line that fills its cell goes on in the next without a space.
/// </summary>
internal static class BoxTable
{
    private const char FirstBox = '\u2500', LastBox = '\u257F';

    /// <summary>True for a line that draws a box.</summary>
    public static bool IsBoxed(string line) => line.AsSpan().IndexOfAnyInRange(FirstBox, LastBox) >= 0;

    /// <summary>The lines of an annex: text blocks, and a table block for each table.</summary>
    public static IEnumerable<Block> Blocks(IEnumerable<string> lines, string path)
    {
        var count = 0;
        var boxed = new List<string>();
        foreach (var line in lines)
        {
            if (IsBoxed(line))
            {
                boxed.Add(line);
                continue;
            }
            if (boxed.Count > 0) yield return TableBlock(boxed, $"{path}/{++count}");
            boxed.Clear();
            if (line.Trim().Length > 0) yield return new Block(BlockKind.Text, 0, $"{path}/{++count}", line.Trim());
        }
        if (boxed.Count > 0) yield return TableBlock(boxed, $"{path}/{++count}");
    }

    private static Block TableBlock(List<string> lines, string path)
    {
        var table = Parse(lines);
        return new Block(BlockKind.Table, 0, path, table.ToText()) { Table = table };
    }

    /// <summary>The cells of one drawn table.</summary>
    public static Table Parse(IReadOnlyList<string> lines)
    {
        var open = new List<Open>();
        var closed = new List<Open>();
        var row = 0;
        foreach (var cells in lines.Select(Columns))
        {
            if (IsBorder(cells))
            {
                // Where the border is drawn below a cell, the cell ends; where it is not, the cell goes on below.
                var ending = open.Where(cell => IsDrawn(cells, cell)).ToList();
                if (ending.Count > 0) row++;
                foreach (var cell in ending) cell.End = row;
                closed.AddRange(ending);
                open.RemoveAll(ending.Contains);
                foreach (var cell in open) cell.Append(cells);
                continue;
            }
            foreach (var (start, end) in Bars(cells))
                if (!open.Exists(cell => cell.Overlaps(start, end))) open.Add(new Open(start, end, row));
            foreach (var cell in open) cell.Append(cells);
        }
        foreach (var cell in open) cell.End = row + 1;
        closed.AddRange(open);
        return ToTable(closed);
    }

    private static Table ToTable(List<Open> cells)
    {
        var starts = cells.Select(cell => cell.Start).Distinct().Order().ToList();
        var rows = cells.Select(cell => cell.Row).Distinct().Order().ToList();
        int RowOf(int line) => rows.Count(row => row < line);
        var made = cells.Select(cell => new TableCell(
                RowOf(cell.Row), starts.IndexOf(cell.Start), Math.Max(1, RowOf(cell.End) - RowOf(cell.Row)),
                Math.Max(1, starts.Count(start => start >= cell.Start && start < cell.Stop)), cell.Content()))
            .OrderBy(cell => cell.Row).ThenBy(cell => cell.Column).ToList();
        return new Table(rows.Count, starts.Count, made);
    }

    // One entry per display column; the second column of a wide character is '\0'.
    private static char[] Columns(string line)
    {
        var columns = new List<char>(line.Length * 2);
        foreach (var c in line)
        {
            columns.Add(c);
            if (IsWide(c)) columns.Add('\0');
        }
        return [.. columns];
    }

    private static bool IsWide(char c) => c is >= '\u1100' and <= '\u115F' or >= '\u2500' and <= '\u257F' or >= '\u2E80' and <= '\uA4CF' or >= '\uAC00' and <= '\uD7A3'
        or >= '\uF900' and <= '\uFAFF' or >= '\uFE30' and <= '\uFE6F' or >= '\uFF00' and <= '\uFF60' or >= '\u2460' and <= '\u24FF' or >= '\u2010' and <= '\u2027' or >= '\u2100' and <= '\u22FF' or >= '\u25A0' and <= '\u26FF' or '×' or '÷' or '±' or '°' or '·';

    private static bool IsVertical(char c) => c is '│' or '┃' or '┆' or '┊' or '║';

    private static bool IsBorder(char[] cells) => cells.Count(c => c is '─' or '━' or '═' or '┄' or '┈') >= 2;

    private static bool IsDrawn(char[] cells, Open cell)
    {
        int drawn = 0, width = 0;
        for (var i = cell.Start; i < cell.Stop && i < cells.Length; i++)
        {
            if (cells[i] == '\0') continue;
            width++;
            if (cells[i] is >= FirstBox and <= LastBox && !IsVertical(cells[i])) drawn++;
        }
        return width == 0 || drawn * 2 > width;
    }

    private static IEnumerable<(int Start, int End)> Bars(char[] cells)
    {
        var last = -1;
        for (var i = 0; i < cells.Length; i++)
        {
            if (!IsVertical(cells[i])) continue;
            if (last >= 0 && i > last) yield return (last, i);
            last = i + 2;
        }
    }

    private sealed class Open(int start, int stop, int row)
    {
        private readonly StringBuilder _text = new();
        private bool _full;

        public int Start => start;
        public int Stop => stop;
        public int Row => row;
        public int End { get; set; }

        public bool Overlaps(int otherStart, int otherStop) => otherStart < stop && start < otherStop;

        public void Append(char[] cells)
        {
            var line = new StringBuilder();
            for (var i = start; i < stop && i < cells.Length; i++)
                if (cells[i] != '\0' && cells[i] is < FirstBox or > LastBox) line.Append(cells[i]);
            var text = line.ToString();
            var trimmed = text.Trim();
            if (trimmed.Length == 0)
            {
                _full = false;
                return;
            }
            if (_text.Length > 0 && !(_full && !char.IsWhiteSpace(text[0]))) _text.Append(_full ? ' ' : '\n');
            _text.Append(trimmed);
            // A character of two columns did not fit, or the cell has a column of padding.
            _full = text.Length - text.TrimEnd().Length <= 2;
        }

        public string Content() => _text.ToString();
    }
}
