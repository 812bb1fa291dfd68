using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>Reads the tables that benchmarks come in: .csv (RFC 4180), .tsv and .jsonl.</summary>
internal static class TableFile
{
    /// <summary>Rows below the header.</summary>
    public static IReadOnlyList<TableRow> Read(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => WithHeader(path, Csv(path)),
        ".tsv" => WithHeader(path, TextLines.Read(path).Select(line => (line.Number, Tabbed(line.Text)))),
        ".jsonl" or ".json" => [.. TextLines.Read(path).Select(line => Json(path, line.Number, line.Text))],
        var other => throw new UserInputException($"{path}: the extension is {other}; expected .csv, .tsv or .jsonl. Convert the file."),
    };

    private static List<TableRow> WithHeader(string path, IEnumerable<(int Number, List<string> Cells)> lines)
    {
        List<string>? header = null;
        var rows = new List<TableRow>();
        foreach (var (number, cells) in lines)
        {
            if (header is null)
            {
                header = [.. cells.Select(cell => cell.Trim())];
                if (header.Distinct(StringComparer.OrdinalIgnoreCase).Count() != header.Count)
                    throw new UserInputException($"{path}:{number}: the header names a column twice ({string.Join(", ", header)}); expected unique names. Correct the file.");
                continue;
            }
            if (cells.Count != header.Count)
                throw new UserInputException($"{path}:{number}: the row has {cells.Count} cells; expected {header.Count} as in the header. Correct the file.");
            var byName = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            for (var i = 0; i < cells.Count; i++) byName[header[i]] = cells[i];
            rows.Add(new TableRow($"{path}:{number}", byName));
        }
        return rows.Count > 0 ? rows : throw new UserInputException($"{path}: the table has no rows; expected a header and rows. Check the file.");
    }

    /// <summary>
    /// Cells of one tab-separated line. Only a cell that is quoted as a whole, with every inner quote doubled, loses
    /// its quotes: these files also hold cells that merely begin with a quotation.
    /// </summary>
    private static List<string> Tabbed(string line) => [.. line.Split('\t').Select(Unquoted)];

    private static string Unquoted(string cell)
    {
        if (cell.Length < 2 || cell[0] != '"' || cell[^1] != '"') return cell;
        var inner = cell[1..^1];
        return inner.Replace("\"\"", "").Contains('"') ? cell : inner.Replace("\"\"", "\"");
    }

    private static IEnumerable<(int Number, List<string> Cells)> Csv(string path)
    {
        var text = TextLines.ReadAll(path);
        var cells = new List<string>();
        var cell = new StringBuilder();
        int line = 1, first = 1, i = 0;
        while (i < text.Length)
        {
            var c = text[i];
            if (c == '"' && cell.Length == 0)
            {
                i = Quoted(path, text, i, ref line, cell);
                continue;
            }
            if (c == ',')
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else if (c == '\n')
            {
                cells.Add(cell.ToString().TrimEnd('\r'));
                if (cells.Count > 1 || cells[0].Length > 0) yield return (first, cells);
                cells = [];
                cell.Clear();
                first = ++line;
            }
            else
            {
                cell.Append(c);
            }
            i++;
        }
        cells.Add(cell.ToString());
        if (cells.Count > 1 || cells[0].Length > 0) yield return (first, cells);
    }

    /// <summary>Appends the quoted part that opens at <paramref name="open"/>; returns the index after its closing quote.</summary>
    private static int Quoted(string path, string text, int open, ref int line, StringBuilder cell)
    {
        for (var i = open + 1; i < text.Length; i++)
        {
            if (text[i] == '\n') line++;
            if (text[i] != '"')
            {
                cell.Append(text[i]);
                continue;
            }
            if (i + 1 >= text.Length || text[i + 1] != '"') return i + 1;
            cell.Append('"');
            i++;
        }
        throw new UserInputException($"{path}:{line}: a quoted cell is not closed; expected a closing quote. Correct the file.");
    }

    private static TableRow Json(string path, int number, string text)
    {
        try
        {
            if (JsonNode.Parse(text) is not JsonObject root)
                throw new UserInputException($"{path}:{number}: the line is not a JSON object; expected one object per line. Correct the file.");
            var cells = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, value) in root) cells[key] = value?.ToString() ?? "";
            return new TableRow($"{path}:{number}", cells);
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{path}:{number}: the line is not JSON; expected one object per line. Correct the file.", fault);
        }
    }
}
