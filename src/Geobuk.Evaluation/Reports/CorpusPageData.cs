using System.Text.Json.Nodes;

namespace Geobuk.Evaluation.Reports;

/// <summary>What the page of a corpus shows: corpus.json, and dropped.jsonl counted by source with the quarantined documents listed.</summary>
internal sealed class CorpusPageData
{
    /// <summary>Quarantined documents that are listed; the rest are counted.</summary>
    public const int Listed = 500;

    public required JsonObject Report { get; init; }
    public required CorpusFigures Figures { get; init; }
    /// <summary>Dropped documents by reason, then by source.</summary>
    public SortedDictionary<string, SortedDictionary<string, int>> Dropped { get; } = new(StringComparer.Ordinal);
    /// <summary>Reasons that are quarantines.</summary>
    public SortedSet<string> Quarantines { get; } = new(StringComparer.Ordinal);
    /// <summary>The first of the quarantined documents.</summary>
    public List<JsonObject> Quarantined { get; } = [];

    public static CorpusPageData Read(string folder)
    {
        var report = JsonFiles.Read<JsonObject>(Path.Combine(folder, "corpus.json"));
        var data = new CorpusPageData { Report = report, Figures = CorpusFigures.From(report) };
        foreach (var line in File.ReadLines(Path.Combine(folder, "dropped.jsonl")))
            if (JsonNode.Parse(line) is JsonObject document) data.Add(document);
        return data;
    }

    /// <summary>Quarantined documents of a source; of all sources where it is null.</summary>
    public int CountQuarantined(string? source) => Quarantines.Sum(reason => Count(reason, source));

    /// <summary>Documents of a source that were dropped for a reason.</summary>
    public int Count(string reason, string? source) =>
        Dropped.TryGetValue(reason, out var bySource) ? source is null ? bySource.Values.Sum() : bySource.GetValueOrDefault(source) : 0;

    private void Add(JsonObject document)
    {
        var (reason, source) = (Text(document, "reason"), Text(document, "source"));
        if (!Dropped.TryGetValue(reason, out var bySource)) Dropped[reason] = bySource = new(StringComparer.Ordinal);
        bySource[source] = bySource.GetValueOrDefault(source) + 1;
        if (document["quarantined"]?.GetValue<bool>() is not true) return;
        Quarantines.Add(reason);
        if (Quarantined.Count < Listed) Quarantined.Add(document);
    }

    public static string Text(JsonObject node, string key) => node[key]?.ToString() ?? "";
}
