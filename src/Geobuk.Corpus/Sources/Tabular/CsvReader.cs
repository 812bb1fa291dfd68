using System.Text;

namespace Geobuk.Corpus.Sources.Tabular;

/// <summary>
/// CSV and TSV in UTF-8, UTF-16 or CP949, RFC 4180 quoting. With a column that JSON lines would call the text, every row is a document;
/// without one the file is a table, cut into documents of so many rows with the heading repeated.
/// </summary>
internal static class CsvReader
{
    private const int RowsPerDocument = 200;
    private static readonly char[] Separators = [',', '\t', ';', '|'];

    /// <summary>Reads a file's documents.</summary>
    public static IEnumerable<SourceDocument> Read(SourceFile file)
    {
        var bytes = FileContent.ReadWhole(file.Path);
        var text = TextDecoder.Decode(bytes, file.Path).TrimStart('\uFEFF');
        var separator = file.Extension == ".tsv" ? '\t' : SeparatorOf(text);
        return TabularDocuments.Of(file, "csv", Rows(text, separator, file.Path), RowsPerDocument);
    }

    /// <summary>Reads one document again.</summary>
    public static SourceDocument ReadAt(SourceFile file, DocumentLocation location) => Read(file).First(document => document.Location.Line == location.Line);

    private static char SeparatorOf(string text)
    {
        var line = text.AsSpan();
        var end = line.IndexOf('\n');
        if (end >= 0) line = line[..end];
        var best = ',';
        var most = 0;
        foreach (var separator in Separators)
        {
            var count = line.Count(separator);
            if (count > most) (best, most) = (separator, count);
        }
        return best;
    }

    /// <summary>Rows with the number of the line that they begin in.</summary>
    private static IEnumerable<(int Line, List<string> Fields)> Rows(string text, char separator, string path)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var (quoted, line, first) = (false, 1, 1);
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted && i < text.Length)
            {
                if (c == '\n') line++;
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else quoted = false;
            }
            else if (c == '"' && field.Length == 0) quoted = true;
            else if (c == separator || c == '\n')
            {
                if (quoted) throw new RefusedDocumentException(RefusalReason.Damaged, $"{path}:{first}: a quoted field that does not end; expected a closing quotation mark. Correct the line.");
                fields.Add(field.ToString().Trim());
                field.Clear();
                if (c != '\n') continue;
                if (fields.Exists(value => value.Length > 0)) yield return (first, fields);
                fields = [];
                first = ++line;
            }
            else if (c != '\r') field.Append(c);
        }
    }
}
