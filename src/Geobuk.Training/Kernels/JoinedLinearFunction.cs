using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Kernels;

/// <summary>
/// Several linear layers of one input as one product: (x [.., n], W1 [m1, n], W2 [m2, n], ..) to [.., m1 + m2 + ..]. One large product is
/// faster than several, and the gradient of x needs no sum.
/// </summary>
internal sealed class JoinedLinearFunction : SingleTensorFunction<JoinedLinearFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(JoinedLinearFunction);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var tensors = vars.Cast<Tensor>().ToList();
        using var joined = cat(tensors.Skip(1).ToList(), 0);
        ctx.save_for_backward(tensors);
        // What was saved no longer knows whether it learns.
        ctx.save_data("learns", tensors.ConvertAll(tensor => tensor.requires_grad));
        return nn.functional.linear(tensors[0], joined);
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (x, weights) = (saved[0], saved.Skip(1).ToList());
        using var joined = cat(weights, 0);
        using var dy = grad_output.reshape(-1, joined.shape[0]);
        using var rows = x.reshape(-1, x.shape[^1]);
        var learns = (List<bool>)ctx.get_data("learns");
        var gradients = new List<Tensor> { learns[0] ? dy.matmul(joined).view(x.shape) : null! };
        if (!learns.Skip(1).Any(learn => learn)) return [.. gradients, .. weights.Select(_ => (Tensor)null!)];
        var all = dy.t().matmul(rows);
        var start = 0L;
        for (var i = 0; i < weights.Count; i++)
        {
            gradients.Add(learns[i + 1] ? all.narrow(0, start, weights[i].shape[0]) : null!);
            start += weights[i].shape[0];
        }
        return gradients;
    }
}
