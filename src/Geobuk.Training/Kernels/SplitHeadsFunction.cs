using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Kernels;

/// <summary>
/// The product [B, T, (q + 2 kv) D] to queries [B, q, T, D], keys and values [B, kv, T, D], queries and keys turned by cosine and
/// sine [B, 1, T, D / 2]; one node for what is otherwise some twenty.
/// </summary>
internal sealed unsafe class SplitHeadsFunction : MultiTensorFunction<SplitHeadsFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(SplitHeadsFunction);

    /// <inheritdoc/>
    public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        var (x, cosine, sine) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        var (queries, keys) = ((int)vars[3], (int)vars[4]);
        var (batch, time, size) = (x.shape[0], x.shape[1], x.shape[2] / (queries + 2 * keys));
        var heads = new List<Tensor>
        {
            empty([batch, queries, time, size], x.dtype), empty([batch, keys, time, size], x.dtype), empty([batch, keys, time, size], x.dtype),
        };
        Move(x, heads, cosine, sine, 1);
        ctx.save_for_backward([cosine, sine]);
        ctx.save_data("queries", queries);
        ctx.save_data("keys", keys);
        return heads;
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var saved = ctx.get_saved_variables();
        var (queries, keys) = ((int)ctx.get_data("queries"), (int)ctx.get_data("keys"));
        var heads = grad_outputs.ConvertAll(gradient => gradient.contiguous());
        var (batch, time, size) = (heads[0].shape[0], heads[0].shape[2], heads[0].shape[3]);
        var dx = empty([batch, time, (queries + 2 * keys) * size], heads[0].dtype);
        Move(dx, heads, saved[0], saved[1], -1);
        return [dx, null!, null!, null!, null!];
    }

    /// <summary>Into the heads (sign 1), or back out of them (sign -1).</summary>
    private static void Move(Tensor tokens, List<Tensor> heads, Tensor cosine, Tensor sine, int sign)
    {
        var pointers = heads.ConvertAll(tensor => (nint)Blocks.Pointer(tensor));
        var counts = heads.ConvertAll(tensor => (int)tensor.shape[1]);
        var (time, size) = (tokens.shape[1], (int)heads[0].shape[3]);
        var (flat, c, s) = ((nint)Blocks.Pointer(tokens), (nint)Blocks.Pointer(cosine), (nint)Blocks.Pointer(sine));
        var narrow = tokens.dtype == ScalarType.BFloat16;
        Blocks.ForRows(tokens.shape[0] * time, (_, from, to) =>
        {
            if (narrow) Rows<BFloat16Cell>(from, to);
            else Rows<SingleCell>(from, to);
        });

        void Rows<TCell>(long from, long to) where TCell : struct, ICell
        {
            var (half, bytes) = (size / 2, (long)size * TCell.Size);
            var all = counts.Sum();
            for (var row = from; row < to; row++)
            {
                var (b, t) = (row / time, row % time);
                var token = (byte*)flat + row * all * bytes;
                var cos = (byte*)c + row * half * TCell.Size;
                var sin = (byte*)s + row * half * TCell.Size;
                for (var part = 0; part < 3; part++)
                {
                    for (var h = 0; h < counts[part]; h++, token += bytes)
                    {
                        var head = (byte*)pointers[part] + ((b * counts[part] + h) * time + t) * bytes;
                        var (source, target) = sign > 0 ? ((nint)token, (nint)head) : ((nint)head, (nint)token);
                        if (part == 2) Buffer.MemoryCopy((byte*)source, (byte*)target, bytes, bytes);
                        else RotateKernel.Turn<TCell>((byte*)source, (byte*)target, cos, sin, half, sign);
                    }
                }
            }
        }
    }
}
