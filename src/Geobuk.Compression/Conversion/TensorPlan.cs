using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Conversion;

/// <summary>Every tensor that the file will hold, with its type. Vectors, routers and gates of norms stay in F32.</summary>
internal static class TensorPlan
{
    /// <summary>Plans a file.</summary>
    public static IReadOnlyList<PlannedTensor> Of(ModelConfig config, CompressionPreset preset) =>
        [.. ModelLayout.Of(config).Gguf.Select(spec => Plan(spec, config, preset))];

    private static PlannedTensor Plan(GgufTensorSpec spec, ModelConfig config, CompressionPreset preset)
    {
        var fit = spec.StaysSingle ? new RowFit(GgmlType.F32, null) : RowFit.Of(preset.TypeOf(spec.Name, config), spec.Shape[^1]);
        return new PlannedTensor(spec, new GgufTensorToWrite(spec.Name, fit.Type, [.. spec.Shape.Reverse()]), fit.Fallback);
    }
}
