using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Shape helpers.</summary>
internal static class TensorShapes
{
    /// <summary>[..., a * b] to [..., a, b]; one size may be -1.</summary>
    public static Tensor SplitLast(this Tensor tensor, params long[] sizes) => tensor.reshape([.. tensor.shape[..^1], .. sizes]);
}
