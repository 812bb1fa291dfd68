using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Kernels;

/// <summary>SwiGLU as one node: [.., 2 inner] to [.., inner].</summary>
internal sealed unsafe class GateFunction : SingleTensorFunction<GateFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(GateFunction);

    /// <inheritdoc/>
    public override Tensor forward(AutogradContext ctx, params object[] vars)
    {
        var x = (Tensor)vars[0];
        var inner = (int)(x.shape[^1] / 2);
        var y = empty([.. x.shape[..^1], inner], x.dtype);
        var (input, output) = ((nint)Blocks.Pointer(x), (nint)Blocks.Pointer(y));
        var narrow = x.dtype == ScalarType.BFloat16;
        Blocks.ForRows(x.numel() / (2 * inner), (_, from, to) =>
        {
            if (narrow) GateKernel.Forward<BFloat16Cell>((byte*)input, (byte*)output, inner, from, to);
            else GateKernel.Forward<SingleCell>((byte*)input, (byte*)output, inner, from, to);
        });
        ctx.save_for_backward([x]);
        return y;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, Tensor grad_output)
    {
        var x = ctx.get_saved_variables()[0];
        using var dy = grad_output.contiguous();
        var inner = (int)(x.shape[^1] / 2);
        var dx = empty_like(x);
        var (input, given, output) = ((nint)Blocks.Pointer(x), (nint)Blocks.Pointer(dy), (nint)Blocks.Pointer(dx));
        var narrow = x.dtype == ScalarType.BFloat16;
        Blocks.ForRows(x.numel() / (2 * inner), (_, from, to) =>
        {
            if (narrow) GateKernel.Backward<BFloat16Cell>((byte*)input, (byte*)given, (byte*)output, inner, from, to);
            else GateKernel.Backward<SingleCell>((byte*)input, (byte*)given, (byte*)output, inner, from, to);
        });
        return [dx];
    }
}
