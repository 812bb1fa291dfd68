using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.autograd;

namespace Geobuk.Training.Kernels;

/// <summary>
/// <see cref="CausalAttentionKernel{TCell}"/> over documents and heads: queries [B, heads, T, d], keys and values [B, groups, T, d] to the mixed
/// values [B, T, heads, d]. Heads of a group read the same keys, which are not repeated for them.
/// </summary>
internal sealed unsafe class CausalAttentionFunction : MultiTensorFunction<CausalAttentionFunction>
{
    /// <inheritdoc/>
    public override string Name => nameof(CausalAttentionFunction);

    /// <summary>Whether it can compute these heads, and faster than libtorch would.</summary>
    public static bool CanUse(Tensor queries) => System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated && Fits(queries);

    /// <summary>Whether it can compute these heads.</summary>
    public static bool Fits(Tensor queries) => Blocks.CanUse(queries) && queries.shape[^1] % TileProduct.Lanes == 0;

    /// <inheritdoc/>
    public override List<Tensor> forward(AutogradContext ctx, params object[] vars)
    {
        var (queries, keys, values) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
        var documents = (IReadOnlyList<DocumentSpan>)vars[3];
        var (batch, heads, time, size) = (queries.shape[0], queries.shape[1], queries.shape[2], queries.shape[3]);
        var mixed = empty([batch, time, heads, size], queries.dtype);
        var sums = empty([batch, heads, time], float32);
        if (queries.dtype == ScalarType.BFloat16) Forward<BFloat16Cell>(new Places(queries, keys), values, mixed, sums, documents);
        else Forward<SingleCell>(new Places(queries, keys), values, mixed, sums, documents);
        ctx.save_for_backward([queries, keys, values, mixed, sums]);
        ctx.save_data("documents", documents);
        return [mixed];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var saved = ctx.get_saved_variables();
        var documents = (IReadOnlyList<DocumentSpan>)ctx.get_data("documents");
        var gradient = grad_outputs[0].contiguous();
        List<Tensor> gradients = [empty_like(saved[0]), empty_like(saved[1]), empty_like(saved[2])];
        if (gradient.dtype == ScalarType.BFloat16) Backward<BFloat16Cell>(new Places(saved[0], saved[1]), saved, gradient, gradients, documents);
        else Backward<SingleCell>(new Places(saved[0], saved[1]), saved, gradient, gradients, documents);
        return [.. gradients, null!];
    }

    private static void Forward<TCell>(Places at, Tensor values, Tensor mixed, Tensor sums, IReadOnlyList<DocumentSpan> documents) where TCell : struct, ICell
    {
        var (v, m, s) = ((nint)Blocks.Pointer(values), (nint)Blocks.Pointer(mixed), (nint)Blocks.Pointer(sums));
        at.Each(documents, (document, group) => new CausalAttentionKernel<TCell>(document.Length, at.Size).Forward(
            at.Heads(at.Queries, document, group, TCell.Size), at.Group(at.Keys, document, group, TCell.Size), at.Group(v, document, group, TCell.Size),
            at.Tokens(m, document, group, TCell.Size), at.Stride, at.Sums(s, document, group)));
    }

    private static void Backward<TCell>(Places at, List<Tensor> saved, Tensor gradient, List<Tensor> gradients, IReadOnlyList<DocumentSpan> documents) where TCell : struct, ICell
    {
        var (v, m, s, g) = ((nint)Blocks.Pointer(saved[2]), (nint)Blocks.Pointer(saved[3]), (nint)Blocks.Pointer(saved[4]), (nint)Blocks.Pointer(gradient));
        var (dq, dk, dv) = ((nint)Blocks.Pointer(gradients[0]), (nint)Blocks.Pointer(gradients[1]), (nint)Blocks.Pointer(gradients[2]));
        at.Each(documents, (document, group) => new CausalAttentionKernel<TCell>(document.Length, at.Size).Backward(
            at.Heads(at.Queries, document, group, TCell.Size), at.Group(at.Keys, document, group, TCell.Size), at.Group(v, document, group, TCell.Size),
            at.Tokens(m, document, group, TCell.Size), at.Tokens(g, document, group, TCell.Size), at.Stride, at.Sums(s, document, group),
            at.Heads(dq, document, group, TCell.Size), at.Group(dk, document, group, TCell.Size), at.Group(dv, document, group, TCell.Size)));
    }

    /// <summary>Where a document's tokens lie for a group of heads.</summary>
    private sealed class Places(Tensor queries, Tensor keys)
    {
        private readonly int _heads = (int)queries.shape[1], _groups = (int)keys.shape[1];
        private readonly long _time = queries.shape[2];

        public nint Queries { get; } = (nint)Blocks.Pointer(queries);
        public nint Keys { get; } = (nint)Blocks.Pointer(keys);
        public int Size { get; } = (int)queries.shape[3];
        /// <summary>Numbers of a token in the mixed values.</summary>
        public int Stride => _heads * Size;

        /// <summary>Every document's every group once, by as many threads as libtorch uses; each writes what is its own.</summary>
        public void Each(IReadOnlyList<DocumentSpan> documents, Action<DocumentSpan, int> body)
        {
            // The longest first, so that none is left alone at the end.
            var order = documents.OrderByDescending(document => document.Length).ToList();
            Parallel.For(0, order.Count * _groups, new ParallelOptions { MaxDegreeOfParallelism = get_num_threads() }, i => body(order[i / _groups], i % _groups));
        }

        public nint[] Heads(nint tensor, DocumentSpan document, int group, int bytes) =>
            Members(group, head => tensor + (nint)(((document.Row * (long)_heads + head) * _time + document.Start) * Size * bytes));

        public nint Group(nint tensor, DocumentSpan document, int group, int bytes) => tensor + (nint)(((document.Row * (long)_groups + group) * _time + document.Start) * Size * bytes);

        public nint[] Tokens(nint tensor, DocumentSpan document, int group, int bytes) =>
            Members(group, head => tensor + (nint)(((document.Row * _time + document.Start) * _heads + head) * Size * bytes));

        public nint[] Sums(nint tensor, DocumentSpan document, int group) => Members(group, head => tensor + (nint)(((document.Row * (long)_heads + head) * _time + document.Start) * sizeof(float)));

        private nint[] Members(int group, Func<int, nint> place) => [.. Enumerable.Range(group * (_heads / _groups), _heads / _groups).Select(place)];
    }
}
