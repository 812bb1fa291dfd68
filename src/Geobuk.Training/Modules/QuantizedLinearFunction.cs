using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Modules;

/// <summary>y = x W^T with a frozen W that is decoded here and once more for dx = dy W, and kept in between by nobody.</summary>
internal sealed class QuantizedLinearFunction : SingleTensorFunction<QuantizedLinearFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(QuantizedLinearFunction);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        ctx.save_data("weight", vars[1]);
        using var weight = ((QuantizedWeight)vars[1]).Decode();
        return nn.functional.linear((Tensor)vars[0], weight);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        using var weight = ((QuantizedWeight)ctx.get_data("weight")).Decode();
        return [grad_output.matmul(weight), null!];
    }
}
