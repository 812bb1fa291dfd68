using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Optimization;

/// <summary>
/// Moments in 8 bits (Dettmers et al. 2022, arXiv:2110.02861): blocks of 256 values, each value one code of a <see cref="DynamicMap"/> times
/// the largest magnitude of its block; 2.03 bytes a weight. A block is decoded, updated in fp32 and encoded again in one pass. Unlike there, a second moment
/// above zero never becomes zero, since its root divides: the smallest code takes it, which makes such steps smaller, not larger.
/// </summary>
internal sealed class BlockMoments : IMoments
{
    /// <summary>Values that share a scale.</summary>
    public const int Block = 256;

    private readonly Tensor _first, _second, _firstScale, _secondScale;

    /// <summary>Zeros in the shape of a master.</summary>
    public BlockMoments(Tensor master)
    {
        _first = zeros_like(master, uint8).DetachFromDisposeScope();
        _second = zeros_like(master, uint8).DetachFromDisposeScope();
        // A scale of zero makes every code zero.
        _firstScale = zeros((master.numel() + Block - 1) / Block, float32, master.device).DetachFromDisposeScope();
        _secondScale = zeros_like(_firstScale).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IEnumerable<(string Name, Tensor Tensor)> State => [("moment1", _first), ("moment1_scale", _firstScale), ("moment2", _second), ("moment2_scale", _secondScale)];

    /// <inheritdoc/>
    public unsafe void Update(Tensor master, Tensor gradient, AdamKernel kernel)
    {
        if (!Blocks.CanUse(master) || !Blocks.CanUse(gradient))
        {
            Reference(master, gradient, kernel);
            return;
        }
        var (weights, change) = ((nint)Blocks.Pointer(master), (nint)Blocks.Pointer(gradient));
        var (first, second) = ((nint)Blocks.Pointer(_first), (nint)Blocks.Pointer(_second));
        var (firstScale, secondScale) = ((nint)Blocks.Pointer(_firstScale), (nint)Blocks.Pointer(_secondScale));
        var count = master.numel();
        Blocks.ForRows(_firstScale.numel(), (_, from, to) =>
        {
            Span<float> m = stackalloc float[Block], v = stackalloc float[Block];
            for (var block = from; block < to; block++)
            {
                var at = block * Block;
                var length = (int)Math.Min(Block, count - at);
                Decode(DynamicMap.Signed, (byte*)first + at, ((float*)firstScale)[block], m[..length]);
                Decode(DynamicMap.Unsigned, (byte*)second + at, ((float*)secondScale)[block], v[..length]);
                fixed (float* pm = m, pv = v) kernel.Update((float*)weights + at, pm, pv, (float*)change + at, 0, length);
                ((float*)firstScale)[block] = Encode(DynamicMap.Signed, m[..length], (byte*)first + at);
                ((float*)secondScale)[block] = Encode(DynamicMap.Unsigned, v[..length], (byte*)second + at);
            }
        });
    }

    /// <summary>The same written with tensors, for devices without the kernel.</summary>
    internal void Reference(Tensor master, Tensor gradient, AdamKernel kernel)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Wide(_first, _firstScale, DynamicMap.Signed), Wide(_second, _secondScale, DynamicMap.Unsigned));
        WideMoments.Reference(master, first, second, gradient, kernel);
        Narrow(first, _first, _firstScale, DynamicMap.Signed);
        Narrow(second, _second, _secondScale, DynamicMap.Unsigned);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, tensor) in State) tensor.Dispose();
    }

    private static unsafe void Decode(DynamicMap map, byte* codes, float scale, Span<float> values)
    {
        var numbers = map.Values;
        for (var i = 0; i < values.Length; i++) values[i] = numbers[codes[i]] * scale;
    }

    private static unsafe float Encode(DynamicMap map, ReadOnlySpan<float> values, byte* codes)
    {
        var scale = 0f;
        foreach (var value in values) scale = MathF.Max(scale, MathF.Abs(value));
        if (scale == 0) return 0;
        for (var i = 0; i < values.Length; i++) codes[i] = map.Encode(values[i] / scale);
        return scale;
    }

    private static Tensor Wide(Tensor codes, Tensor scales, DynamicMap map)
    {
        var numbers = tensor(map.Values.ToArray(), device: codes.device).index_select(0, codes.flatten().to(int64));
        return (numbers * scales.repeat_interleave(Block).narrow(0, 0, codes.numel())).view(codes.shape);
    }

    private static void Narrow(Tensor values, Tensor codes, Tensor scales, DynamicMap map)
    {
        var blocks = cat([values.flatten(), zeros(scales.numel() * Block - values.numel(), float32, values.device)]).view(-1, Block);
        scales.copy_(blocks.abs().amax([1]));
        // A block of zeros keeps its codes, whatever they are.
        var shares = (blocks / scales.unsqueeze(1)).nan_to_num(0).flatten().narrow(0, 0, values.numel());
        var found = bucketize(shares, tensor(map.Boundaries[..^1].ToArray(), device: values.device));
        if (map.Smallest is { } smallest) found = where(shares > 0, found.clamp_min(smallest), found);
        codes.copy_(found.view(codes.shape).to(uint8));
    }
}
