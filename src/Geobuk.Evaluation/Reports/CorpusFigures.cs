using System.Text.Json.Nodes;

namespace Geobuk.Evaluation.Reports;

/// <summary>What corpus.json says, for the page.</summary>
internal sealed record CorpusFigures
{
    public long? Documents { get; init; }
    public long? Kept { get; init; }
    public long? Duplicates { get; init; }
    public double? ReplayShare { get; init; }
    public string? TokenizerDigest { get; init; }
    public required IReadOnlyList<KeyValuePair<string, long>> Dropped { get; init; }
    public required IReadOnlyList<KeyValuePair<string, long>> Tokens { get; init; }

    public static CorpusFigures From(JsonObject root) => new()
    {
        Documents = Whole(root["documents"]),
        Kept = Whole(root["kept"]),
        Duplicates = Whole(root["duplicates"]),
        ReplayShare = root["replay_share"] is JsonValue share && share.TryGetValue<double>(out var value) ? value : null,
        TokenizerDigest = root["tokenizer_digest"]?.ToString(),
        Dropped = Counts(root["dropped"] ?? root["quarantined"]),
        Tokens = Counts(root["tokens"]),
    };

    private static long? Whole(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;

    private static IReadOnlyList<KeyValuePair<string, long>> Counts(JsonNode? node) => node switch
    {
        JsonObject counts => [.. counts.Where(c => Whole(c.Value) is not null).Select(c => KeyValuePair.Create(c.Key, Whole(c.Value)!.Value))],
        _ when Whole(node) is { } total => [KeyValuePair.Create("total", total)],
        _ => [],
    };
}
