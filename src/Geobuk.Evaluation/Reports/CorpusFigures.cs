using System.Text.Json.Nodes;

namespace Geobuk.Evaluation.Reports;

/// <summary>What corpus.json says, for the page. Read by name and leniently: the corpus step may add to its report.</summary>
internal sealed record CorpusFigures
{
    public long? Documents { get; init; }
    public long? Kept { get; init; }
    public double? ReplayShare { get; init; }
    public string? TokenizerDigest { get; init; }
    public required IReadOnlyList<KeyValuePair<string, long>> Dropped { get; init; }
    /// <summary>Reasons that are quarantines.</summary>
    public required IReadOnlyList<string> Quarantined { get; init; }
    /// <summary>What the use of the corpus obliges to.</summary>
    public required IReadOnlyList<string> Obligations { get; init; }
    public required IReadOnlyList<CorpusSet> Sets { get; init; }
    public required IReadOnlyList<CorpusSource> Sources { get; init; }
    public required IReadOnlyList<string> Notes { get; init; }

    public static CorpusFigures From(JsonObject root) => new()
    {
        Documents = Whole(root["documents"]),
        Kept = Whole(root["kept"]),
        ReplayShare = root["replay"] is JsonObject replay && replay["share"] is JsonValue share && share.TryGetValue<double>(out var value) ? value : null,
        TokenizerDigest = root["tokenizer_digest"]?.ToString(),
        Dropped = [.. Members(root["dropped"]).Where(d => Whole(d.Value) > 0).Select(d => KeyValuePair.Create(d.Key, Whole(d.Value)!.Value))],
        Quarantined = [.. Members(root["quarantined"]).Select(reason => reason.Key)],
        Obligations = [.. (root["obligations"] as JsonArray ?? []).Select(obligation => obligation?.ToString() ?? "")],
        Sets = [.. Members(root["sets"]).Select(set => new CorpusSet(set.Key, Whole(set.Value?["documents"]) ?? 0, Whole(set.Value?["tokens"]) ?? 0))],
        Sources = [.. (root["sources"] as JsonArray ?? []).OfType<JsonObject>().Select(source => new CorpusSource(
            source["source"]?.ToString() ?? "", source["kind"]?.ToString() ?? "", Whole(source["documents"]) ?? 0, Whole(source["kept"]) ?? 0))],
        Notes = [.. (root["notes"] as JsonArray ?? []).Select(note => note?.ToString() ?? "").Where(note => note.Length > 0)],
    };

    private static JsonObject Members(JsonNode? node) => node as JsonObject ?? [];

    private static long? Whole(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
