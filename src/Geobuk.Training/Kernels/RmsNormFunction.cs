using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Kernels;

/// <summary>RMSNorm as one node: (x [.., size], weight [size], epsilon) to [.., size].</summary>
internal sealed unsafe class RmsNormFunction : SingleTensorFunction<RmsNormFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(RmsNormFunction);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var (x, weight, epsilon) = ((Tensor)vars[0], (Tensor)vars[1], (double)vars[2]);
        var size = (int)weight.shape[0];
        var rows = x.numel() / size;
        var (y, factors) = (empty_like(x), empty(rows, float32));
        var (input, scale, output, saved) = ((nint)Blocks.Pointer(x), (nint)Blocks.Pointer(weight), (nint)Blocks.Pointer(y), (nint)Blocks.Pointer(factors));
        var narrow = x.dtype == ScalarType.BFloat16;
        Blocks.ForRows(rows, (_, from, to) =>
        {
            if (narrow) RmsNormKernel.Forward<BFloat16Cell>((byte*)input, (byte*)scale, (byte*)output, (float*)saved, size, (float)epsilon, from, to);
            else RmsNormKernel.Forward<SingleCell>((byte*)input, (byte*)scale, (byte*)output, (float*)saved, size, (float)epsilon, from, to);
        });
        ctx.save_for_backward([x, weight, factors]);
        ctx.save_data("learns", weight.requires_grad);
        return y;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var (x, weight, factors) = (saved[0], saved[1], saved[2]);
        using var dy = grad_output.contiguous();
        var size = (int)weight.shape[0];
        var dx = empty_like(x);
        using var partials = zeros([Blocks.Partials, size], float32);
        var (input, scale, given, output) = ((nint)Blocks.Pointer(x), (nint)Blocks.Pointer(weight), (nint)Blocks.Pointer(dy), (nint)Blocks.Pointer(dx));
        var (factor, sums) = ((nint)Blocks.Pointer(factors), (nint)Blocks.Pointer(partials));
        var (narrow, learns) = (x.dtype == ScalarType.BFloat16, (bool)ctx.get_data("learns"));
        Blocks.ForRows(x.numel() / size, (block, from, to) =>
        {
            var sum = learns ? (float*)sums + (long)block * size : null;
            if (narrow) RmsNormKernel.Backward<BFloat16Cell>((byte*)input, (byte*)scale, (byte*)given, (byte*)output, (float*)factor, sum, size, from, to);
            else RmsNormKernel.Backward<SingleCell>((byte*)input, (byte*)scale, (byte*)given, (byte*)output, (float*)factor, sum, size, from, to);
        });
        return [dx, learns ? partials.sum([0L]).to(weight.dtype) : null!, null!];
    }
}
