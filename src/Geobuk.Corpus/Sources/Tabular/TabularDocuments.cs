using Geobuk.Corpus.Normalization;

namespace Geobuk.Corpus.Sources.Tabular;

/// <summary>Rows of a table to documents: each row's text column, or the table in parts.</summary>
internal static class TabularDocuments
{
    private static readonly string[] TitleKeys = ["title", "제목"];

    /// <param name="file">Where they come from.</param>
    /// <param name="format">Name of the format.</param>
    /// <param name="rows">Rows with their numbers, the heading first.</param>
    /// <param name="rowsPerDocument">Rows of one part of a table.</param>
    public static IEnumerable<SourceDocument> Of(SourceFile file, string format, IEnumerable<(int Line, List<string> Fields)> rows, int rowsPerDocument)
    {
        List<string>? heading = null;
        int text = -1, title = -1;
        var part = new List<(int Line, List<string> Fields)>();
        foreach (var row in rows)
        {
            if (heading is null)
            {
                heading = row.Fields;
                text = heading.FindIndex(name => JsonLinesReader.TextKeys.Contains(name, StringComparer.OrdinalIgnoreCase));
                title = heading.FindIndex(name => TitleKeys.Contains(name, StringComparer.OrdinalIgnoreCase));
            }
            else if (text >= 0)
            {
                if (text < row.Fields.Count) yield return Row(file, format, row.Line, row.Fields[text], title >= 0 && title < row.Fields.Count ? row.Fields[title] : null);
            }
            else
            {
                part.Add(row);
                if (part.Count < rowsPerDocument) continue;
                yield return Part(file, format, heading, part);
                part.Clear();
            }
        }
        if (part.Count > 0) yield return Part(file, format, heading!, part);
    }

    private static SourceDocument Row(SourceFile file, string format, int line, string value, string? title)
    {
        NormalizationCounts counts = default;
        var id = $"{file.Id}#{line}";
        var blocks = PlainTextReader.Paragraphs(value, id);
        return Document(file, format, id, line, title, DocumentText.Lay(blocks, dense: false, ref counts), blocks, counts);
    }

    private static SourceDocument Part(SourceFile file, string format, List<string> heading, List<(int Line, List<string> Fields)> rows)
    {
        NormalizationCounts counts = default;
        var first = rows.Count > 0 ? rows[0].Line : 1;
        var id = $"{file.Id}#{first}";
        var cells = rows.Select(row => row.Fields).Prepend(heading)
            .SelectMany((fields, row) => fields.Select((field, column) => new TableCell(row, column, 1, 1, field))).ToList();
        var table = new Table(rows.Count + 1, Math.Max(1, cells.Max(cell => cell.Column) + 1), cells);
        List<Block> blocks = [new Block(BlockKind.Table, 0, $"{id}/1", table.ToText()) { Table = table }];
        return Document(file, format, id, first, null, DocumentText.Lay(blocks, dense: true, ref counts), blocks, counts);
    }

    private static SourceDocument Document(SourceFile file, string format, string id, int line, string? title, string text, List<Block> blocks, NormalizationCounts counts) => new()
    {
        Id = id,
        Source = file.Source,
        Format = format,
        Title = title,
        Blocks = blocks,
        Text = text,
        Counts = counts,
        Location = new DocumentLocation(0, 0, line),
    };
}
