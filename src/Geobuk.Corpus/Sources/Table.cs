namespace Geobuk.Corpus.Sources;

/// <summary>A table. Cells lie in reading order; a merged cell is there once, at its upper left corner.</summary>
/// <param name="Rows">Rows of the grid.</param>
/// <param name="Columns">Columns of the grid.</param>
/// <param name="Cells">Cells by row, then column.</param>
public sealed record Table(int Rows, int Columns, IReadOnlyList<TableCell> Cells)
{
    // Longer cells hold running text: a table that lays out a page.
    private const int LongestOnALine = 300;

    /// <summary>
    /// One line per row, a tab between cells, so that no two cells are glued together. A row with running text in it has its
    /// cells below one another instead.
    /// </summary>
    public string ToText() => string.Join('\n', Cells.GroupBy(cell => cell.Row).Select(Row).Where(row => row.Length > 0));

    private static string Row(IEnumerable<TableCell> row)
    {
        var texts = row.Select(cell => cell.Text).ToList();
        if (texts.Exists(text => text.Length > LongestOnALine)) return string.Join('\n', texts.Where(text => text.Length > 0));
        return string.Join('\t', texts.Select(text => text.Replace('\n', ' ').Replace('\t', ' '))).Trim('\t', ' ');
    }
}
