using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Tuning;
using Geobuk.Models.Layouts;

namespace Geobuk.Compression;

/// <summary>What a compression made; compress.json holds it, and the card beside a model.</summary>
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
    /// <summary>Fingerprint of the original (<see cref="ModelFingerprint"/>).</summary>
    public string? Model { get; init; }
    /// <summary>What it was calibrated on.</summary>
    public IReadOnlyList<CalibrationIdentity> Calibration { get; init; } = [];
    /// <summary>Scales, minima and codes were searched jointly.</summary>
    public bool JointSearch { get; init; }
    /// <summary>Later columns made errors good.</summary>
    public bool ErrorFeedback { get; init; }
    /// <summary>What tuning the blocks' factors did; null where it was not asked for.</summary>
    public TuningResult? Tuning { get; init; }
    /// <summary>The plan, as its file has it.</summary>
    public JsonObject? Plan { get; init; }
    /// <summary>Tensors that were taken over from an interrupted compression.</summary>
    public int Resumed { get; init; }

    private static readonly JsonSerializerOptions s_form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>The card: the text of compress.json, and of the card beside a model.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_form);

    /// <summary>The same with what was made of which model by which means.</summary>
    internal CompressResult Describe(ModelCheckpoint checkpoint, CompressionOptions options, TypePlan types) => this with
    {
        Model = ModelFingerprint.Of(checkpoint),
        Calibration = options.Calibration,
        JointSearch = options.JointSearch,
        ErrorFeedback = options.Moments is not null,
        Plan = types.ToJson(),
    };
}
