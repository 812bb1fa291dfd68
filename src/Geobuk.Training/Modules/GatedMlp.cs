using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>SwiGLU: down(silu(gate x) * up x). Shazeer 2020, arXiv:2002.05202.</summary>
public sealed class GatedMlp : nn.Module<Tensor, Tensor>
{
    private readonly AdaptableLinear gate_proj;
    private readonly AdaptableLinear up_proj;
    private readonly AdaptableLinear down_proj;

    /// <summary>The MLP of one layer, or one expert.</summary>
    public GatedMlp(long hidden, long inner, bool hasBias, Device device) : base(nameof(GatedMlp))
    {
        gate_proj = new AdaptableLinear(hidden, inner, hasBias, device);
        up_proj = new AdaptableLinear(hidden, inner, hasBias, device);
        down_proj = new AdaptableLinear(inner, hidden, hasBias, device);
        RegisterComponents();
    }

    /// <summary>Called with what goes into down_proj, [..., inner], of every forward pass.</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        if (Observer is not null || !Blocks.CanUse(x) || !gate_proj.IsPlainFor(x) || !up_proj.IsPlainFor(x)) return Reference(x);
        return down_proj.forward(GateFunction.apply(JoinedLinearFunction.apply(x, gate_proj.Weight, up_proj.Weight)));
    }

    /// <summary>The same written with tensors, for devices without the kernel and for adapters.</summary>
    internal Tensor Reference(Tensor x)
    {
        var inner = nn.functional.silu(gate_proj.forward(x)) * up_proj.forward(x);
        Observer?.Invoke(inner);
        return down_proj.forward(inner);
    }
}
