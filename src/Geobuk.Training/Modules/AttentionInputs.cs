using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>What attention needs beside the activations.</summary>
/// <param name="Cosine">[B, 1, T, rotary / 2].</param>
/// <param name="Sine">[B, 1, T, rotary / 2].</param>
/// <param name="Mask">True where a query may read a key, [B, 1, T, keys].</param>
/// <param name="Cache">Keys of earlier tokens, or null.</param>
public sealed record AttentionInputs(Tensor Cosine, Tensor Sine, Tensor Mask, LayerCache? Cache = null)
{
    /// <summary>RoPE of [B, heads, T, rotary]: element i with element i + rotary / 2.</summary>
    public Tensor RotateHalves(Tensor heads)
    {
        var halves = heads.chunk(2, -1);
        return cat([halves[0] * Cosine - halves[1] * Sine, halves[1] * Cosine + halves[0] * Sine], -1);
    }

    /// <summary>RoPE of [B, heads, T, rotary]: element 2i with element 2i + 1.</summary>
    public Tensor RotatePairs(Tensor heads)
    {
        var pairs = heads.SplitLast(-1, 2).unbind(-1);
        return stack([pairs[0] * Cosine - pairs[1] * Sine, pairs[1] * Cosine + pairs[0] * Sine], -1).flatten(3);
    }
}
