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
    /// <param name="source">The checkpoint's configuration.</param>
    /// <param name="target">That of the file, its feed-forward widths padded or not.</param>
    /// <param name="types">The type of every matrix.</param>
    public static IReadOnlyList<PlannedTensor> Of(ModelConfig source, ModelConfig target, TypePlan types) =>
        [.. ModelLayout.Of(source).Gguf.Zip(ModelLayout.Of(target).Gguf, (from, to) => Plan(from, to, types))];

    private static PlannedTensor Plan(GgufTensorSpec from, GgufTensorSpec to, TypePlan types)
    {
        var fit = from.StaysSingle ? new RowFit(GgmlType.F32, null) : RowFit.Of(types.TypeOf(to.Name), to.Shape[^1]);
        return new PlannedTensor(from, new GgufTensorToWrite(to.Name, fit.Type, [.. to.Shape.Reverse()]), fit.Fallback);
    }
}
