using System.Text.Json.Nodes;

namespace Geobuk.Evaluation.Reports;

/// <summary>What compress.json says: the file's size and how its bytes spread over the block formats.</summary>
internal sealed record CompressionFigures(double? BitsPerWeight, IReadOnlyList<KeyValuePair<string, long>> BytesByType)
{
    public static CompressionFigures From(JsonObject root)
    {
        var byType = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var tensor in root["tensors"] as JsonArray ?? [])
            if (tensor?["type"] is { } type && tensor["bytes"] is JsonValue value && value.TryGetValue<long>(out var bytes))
                byType[type.ToString()] = byType.GetValueOrDefault(type.ToString()) + bytes;
        var bits = root["bits_per_weight"] is JsonValue number && number.TryGetValue<double>(out var weight) ? weight : (double?)null;
        return new CompressionFigures(bits, [.. byType.OrderByDescending(pair => pair.Value)]);
    }
}
