using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Modules;

/// <summary>y = x W^T with a frozen W that is decoded here and once more for dx = dy W, and kept in between by nobody: (x, Func&lt;Tensor&gt; that makes W).</summary>
internal sealed class DecodedLinearFunction : SingleTensorFunction<DecodedLinearFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(DecodedLinearFunction);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("decode", vars[1]);
        using var weight = ((Func<Tensor>)vars[1])();
        return nn.functional.linear((Tensor)vars[0], weight);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var weight = ((Func<Tensor>)ctx.get_data("decode"))();
        return [grad_output.matmul(weight), null!];
    }
}
