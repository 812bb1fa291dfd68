using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Compression;

/// <summary>What a compression made; compress.json holds it.</summary>
/// <param name="Preset">Name of the preset.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="BitsPerWeight">Bits of tensor data per weight.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Tensors">Every tensor in the order of the file.</param>
public sealed record CompressResult(string Preset, long Bytes, long Parameters, double BitsPerWeight, double Seconds, IReadOnlyList<CompressedTensor> Tensors)
{
    private static readonly JsonSerializerOptions s_form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>The text of compress.json.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_form);
}
