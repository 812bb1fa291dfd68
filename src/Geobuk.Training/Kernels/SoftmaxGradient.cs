using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary><see cref="SoftmaxKernel"/> over all rows of a chunk of logits.</summary>
internal static unsafe class SoftmaxGradient
{
    /// <summary>Writes the gradient over the logits [rows, vocabulary] and returns the sum of the losses.</summary>
    /// <param name="logits">Overwritten.</param>
    /// <param name="targets">int64 [rows].</param>
    /// <param name="weights">float32 [rows], or null.</param>
    /// <param name="scale">Of the gradient.</param>
    /// <param name="zLoss">Weight of the squared denominator.</param>
    public static double Write(Tensor logits, Tensor targets, Tensor? weights, double scale, double zLoss)
    {
        var (rows, size) = (logits.shape[0], (int)logits.shape[1]);
        using var ids = targets.contiguous();
        using var counts = weights?.contiguous();
        var (values, id, count) = ((nint)Blocks.Pointer(logits), (nint)Blocks.Pointer(ids), counts is null ? 0 : (nint)Blocks.Pointer(counts));
        var narrow = logits.dtype == ScalarType.BFloat16;
        var sums = new double[Blocks.Partials];
        Blocks.ForRows(rows, (block, from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                var weight = count == 0 ? 1 : ((float*)count)[row];
                var target = ((long*)id)[row];
                sums[block] += narrow
                    ? SoftmaxKernel.Row<BFloat16Cell>((byte*)values + row * size * 2, size, target, weight, (float)scale, (float)zLoss)
                    : SoftmaxKernel.Row<SingleCell>((byte*)values + row * size * 4, size, target, weight, (float)scale, (float)zLoss);
            }
        });
        return sums.Sum();
    }
}
