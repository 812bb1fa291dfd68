using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Connectors;

/// <summary>
/// A table of data.go.kr, page by page, as one CSV file (UTF-8). Two forms of answer: those of file data (api.odcloud.kr: data,
/// totalCount) and those of services (apis.data.go.kr: response.body.items). Connects only when it is run.
/// </summary>
public static partial class PublicDataConnector
{
    private const int PageSize = 500, MostPages = 100_000;

    /// <summary>Brings the file of one table up to date.</summary>
    /// <param name="path">The table below the service's address, such as 15012345/v1/uddi:….</param>
    /// <param name="folder">Where the file lies.</param>
    /// <param name="options">Whom to ask.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Stops it; whole pages stay.</param>
    /// <exception cref="UserInputException">The service does not answer, or says why not.</exception>
    public static async Task<FetchReport> FetchAsync(string path, string folder, FetchOptions options, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        using var client = new ApiClient(options);
        var name = NotInNames().Replace(path, "-").Trim('-');
        var ledger = new FetchLedger(folder);
        var part = new RowsOnDisk(Path.Combine(folder, $".{name}.part"));
        var isFile = path.Contains("uddi:", StringComparison.Ordinal);
        var total = int.MaxValue;
        for (var page = part.Count / PageSize + 1; page <= MostPages && part.Count < total; page++)
        {
            List<(string, string)> parameters = isFile
                ? [("page", $"{page}"), ("perPage", $"{PageSize}"), ("returnType", "JSON")]
                : [("pageNo", $"{page}"), ("numOfRows", $"{PageSize}"), ("type", "json"), ("_type", "json")];
            var (rows, count) = Rows(await client.GetAsync(path, parameters, cancellation).ConfigureAwait(false), options);
            // A table that has changed between two runs must not be put together from both.
            if (part.Total is { } before && before != count && page > 1 && part.IsResumed)
            {
                part.Clear();
                page = 0;
                continue;
            }
            total = count;
            if (rows.Count == 0) break;
            part.Append(rows, count);
            progress.Report(new StepReport($"fetching {name}", part.Count, total, "rows"));
        }
        var csv = Encoding.UTF8.GetBytes(Csv(part.Rows()));
        var version = Convert.ToHexStringLower(SHA256.HashData(csv));
        var known = ledger.Has(name, version);
        if (!known)
        {
            AtomicFile.Write(Path.Combine(folder, $"{name}.csv"), stream => stream.Write(csv));
            ledger.Record(name, version, $"{name}.csv");
        }
        IReadOnlyList<string> problems = part.Count < total ? [$"{name}: the table ended after {part.Count} of {total} rows"] : [];
        part.Delete();
        return new FetchReport(1, known ? 0 : 1, known ? 1 : 0, [], problems);
    }

    private static (List<JsonElement> Rows, int Total) Rows(byte[] answer, FetchOptions options)
    {
        JsonElement root;
        try
        {
            root = JsonSerializer.Deserialize<JsonElement>(answer);
        }
        catch (JsonException)
        {
            throw Refused(options, Reason(answer));
        }
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array)
            return ([.. data.EnumerateArray()], Number(root, "matchCount") ?? Number(root, "totalCount") ?? data.GetArrayLength());
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("response", out var response) && response.TryGetProperty("header", out var header))
        {
            var code = header.TryGetProperty("resultCode", out var result) ? result.ToString() : "";
            if (code.TrimStart('0').Length > 0) throw Refused(options, $"{code} {(header.TryGetProperty("resultMsg", out var message) ? message.ToString() : "")}");
            var body = response.GetProperty("body");
            return (Items(body), Number(body, "totalCount") ?? 0);
        }
        throw Refused(options, root.ValueKind == JsonValueKind.Object && root.TryGetProperty("msg", out var msg) ? msg.ToString() : "neither data nor response");
    }

    // One item comes without its list, and none as an empty text.
    private static List<JsonElement> Items(JsonElement body)
    {
        if (!body.TryGetProperty("items", out var items)) return [];
        if (items.ValueKind == JsonValueKind.Object) items = items.TryGetProperty("item", out var inner) ? inner : default;
        return items.ValueKind switch
        {
            JsonValueKind.Array => [.. items.EnumerateArray()],
            JsonValueKind.Object => [items],
            _ => [],
        };
    }

    // Refusals come as XML with status 200, whatever form was asked for.
    private static string Reason(byte[] answer)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(answer), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return string.Join(' ', XDocument.Load(reader).Descendants().Where(element => !element.HasElements).Select(element => element.Value.Trim()));
        }
        catch (XmlException)
        {
            return "neither JSON nor XML";
        }
    }

    private static UserInputException Refused(FetchOptions options, string said) =>
        new($"{options.Address}: {(said.Length > 200 ? said[..200] : said)}; expected rows. Check the path of the table and the key in {options.KeyVariable}.");

    private static int? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && int.TryParse(value.ToString(), out var number) ? number : null;

    private static string Csv(IEnumerable<JsonElement> rows)
    {
        var all = rows.ToList();
        var columns = all.SelectMany(row => row.EnumerateObject().Select(property => property.Name)).Distinct().ToList();
        var text = new StringBuilder();
        text.AppendJoin(',', columns.Select(Cell)).Append('\n');
        foreach (var row in all)
            text.AppendJoin(',', columns.Select(column => Cell(row.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : ""))).Append('\n');
        return text.ToString();
    }

    private static string Cell(string text) => text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex("[^0-9A-Za-z가-힣]+")]
    private static partial Regex NotInNames();
}
