using Geobuk.Training.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>y = x / sqrt(mean(x^2) + eps) * weight, mean in fp32. Zhang and Sennrich 2019, arXiv:1910.07467.</summary>
#pragma warning disable CA1708 // Weight is for readers, weight is the checkpoint's key.
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    /// <summary>A norm over the last dimension of <paramref name="size"/> elements.</summary>
    public RmsNorm(long size, double epsilon, Device device) : base(nameof(RmsNorm))
    {
        weight = nn.Parameter(ones(size, float32, device));
        _epsilon = epsilon;
        RegisterComponents();
    }

    /// <summary>The weight, shape [size].</summary>
    public Parameter Weight => weight;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        Blocks.CanUse(input) && input.dtype == weight.dtype ? RmsNormFunction.apply(input, weight, _epsilon) : Reference(input);

    /// <summary>The same written with tensors, for devices without the kernel.</summary>
    internal Tensor Reference(Tensor input)
    {
        var wide = input.to(float32);
        var normed = wide * rsqrt(wide.square().mean([-1], keepdim: true).Plus(_epsilon));
        return normed.to(input.dtype) * weight;
    }
}
