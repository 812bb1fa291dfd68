using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>y * sigmoid(W_up silu(W_down y)) with y = RMSNorm(x): A.X K2's gated norm (arXiv:2608.30181).</summary>
public sealed class GatedRmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly RmsNorm norm;
    private readonly AdaptableLinear W_down;
    private readonly AdaptableLinear W_up;

    /// <summary>A norm over the last dimension of <paramref name="size"/> elements with a gate of rank <paramref name="rank"/>.</summary>
    public GatedRmsNorm(long size, long rank, double epsilon, Device device) : base(nameof(GatedRmsNorm))
    {
        norm = new RmsNorm(size, epsilon, device);
        W_down = new AdaptableLinear(size, rank, false, device);
        W_up = new AdaptableLinear(rank, size, false, device);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var normed = norm.forward(input);
        var inner = nn.functional.silu(W_down.forward(normed).to(float32)).to(normed.dtype);
        return (normed.to(float32) * W_up.forward(inner).to(float32).sigmoid()).to(normed.dtype);
    }
}
