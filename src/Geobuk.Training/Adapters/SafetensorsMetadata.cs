using System.Buffers.Binary;
using System.Text.Json;

namespace Geobuk.Training.Adapters;

/// <summary>The __metadata__ entries of a safetensors file that was opened, and so checked, before.</summary>
internal static class SafetensorsMetadata
{
    /// <summary>By key; empty where there are none.</summary>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> length = stackalloc byte[8];
        stream.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        stream.ReadExactly(header);
        using var json = JsonDocument.Parse(header);
        return json.RootElement.TryGetProperty("__metadata__", out var entries)
            ? entries.EnumerateObject().Where(entry => entry.Value.ValueKind == JsonValueKind.String).ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!)
            : new Dictionary<string, string>();
    }
}
