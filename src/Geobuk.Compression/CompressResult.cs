using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Compression;

/// <summary>What a compression made; compress.json holds it.</summary>
/// <param name="Preset">Name of the preset or plan.</param>
/// <param name="Bytes">Bytes of the file.</param>
/// <param name="Parameters">Number of weights of the original.</param>
/// <param name="BitsPerWeight">Bits of tensor data per weight of the original.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Surgery">Changes of shape that leave the function as it is, in words; empty where there was none.</param>
/// <param name="Tensors">Every tensor in the order of the file.</param>
public sealed record CompressResult(
    string Preset, long Bytes, long Parameters, double BitsPerWeight, double Seconds, IReadOnlyList<string> Surgery, IReadOnlyList<CompressedTensor> Tensors)
{
    /// <summary>Tensors that were taken over from an interrupted compression.</summary>
    public int Resumed { get; init; }

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
