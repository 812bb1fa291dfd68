using System.Globalization;
using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary>The end of a run on the terminal: base, adapted and light model side by side, and where the report is.</summary>
internal static class RunTable
{
    private static readonly (string Title, Func<JsonNode, string?> Cell)[] Rows =
    [
        ("size", model => Number(model["bytes"]) is { } bytes ? Quantity.Bytes(bytes) : null),
        ("parameters", model => Number(model["parameters"]) is { } count ? Quantity.Count(count) : null),
        ("perplexity, domain", model => Number(model["domain_perplexity"])?.ToString("0.00", CultureInfo.InvariantCulture)),
        ("perplexity, general", model => Number(model["general_perplexity"])?.ToString("0.00", CultureInfo.InvariantCulture)),
        ("exam", model => model["exam"] is JsonObject exam ? Exam(exam) : null),
        ("prefill, tokens/s", model => Number(model["prefill_tps"])?.ToString("N0", CultureInfo.InvariantCulture)),
        ("decode, tokens/s", model => Number(model["decode_tps"])?.ToString("N0", CultureInfo.InvariantCulture)),
    ];

    /// <summary>Writes what report.json of the run holds, and the paths.</summary>
    public static void Write(IAnsiConsole console, RunOutcome outcome)
    {
        var json = Path.Combine(outcome.Folder, "report.json");
        if (outcome.Report is not null && File.Exists(json) && JsonNode.Parse(File.ReadAllText(json)) is { } report)
        {
            if (report["models"] is JsonArray { Count: > 0 } models) console.Write(Table([.. models.OfType<JsonNode>()]));
            if (report["kld"] is JsonObject kld) console.WriteLine(Divergence(kld));
        }
        console.WriteLine(outcome.Report is { } page ? $"report: {page}" : $"run: {outcome.Folder}");
    }

    private static Table Table(JsonNode[] models)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("");
        foreach (var model in models) table.AddColumn(new TableColumn(Markup.Escape((string?)model["name"] ?? "")).RightAligned());
        foreach (var (title, cell) in Rows)
        {
            var cells = models.Select(cell).ToArray();
            if (cells.Any(text => text is not null)) table.AddRow([title, .. cells.Select(text => Markup.Escape(text ?? "-"))]);
        }
        return table;
    }

    private static string Exam(JsonObject exam) => Number(exam["score"]) is not { } score ? "-"
        : $"{Quantity.Percent(score)} [{Quantity.Percent(Number(exam["low"]) ?? score)}, {Quantity.Percent(Number(exam["high"]) ?? score)}]";

    private static string Divergence(JsonObject kld) =>
        $"light against adapted: KL divergence mean {Number(kld["mean"]):0.####}, p99 {Number(kld["p99"]):0.###}, same top token {Quantity.Percent(Number(kld["same_top"]) ?? 0)}";

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;
}
