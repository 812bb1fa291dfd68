using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>
/// Cross entropy of one row of logits and its gradient over the same memory: loss = w (L - x[target] + z L^2) with
/// L = logsumexp(x), gradient = scale w (softmax(x) (1 + 2 z L) - one(target)).
/// </summary>
internal static unsafe class SoftmaxKernel
{
    /// <summary>Writes the gradient over the logits and returns the loss.</summary>
    public static double Row<TCell>(byte* logits, int size, long target, float weight, float scale, float zLoss) where TCell : struct, ICell
    {
        var largest = Largest<TCell>(logits, size);
        var sums = Vector512<float>.Zero;
        var rest = 0f;
        var i = 0;
        for (; i <= size - 16; i += 16) sums += Vector512.Exp(TCell.Load(logits + i * TCell.Size) - Vector512.Create(largest));
        for (; i < size; i++) rest += MathF.Exp(TCell.LoadOne(logits + i * TCell.Size) - largest);
        var sum = Vector512.Sum(sums) + rest;
        var denominator = largest + MathF.Log(sum);
        var loss = denominator - TCell.LoadOne(logits + target * TCell.Size) + zLoss * denominator * denominator;
        var all = weight * scale * (1 + 2 * zLoss * denominator);
        for (i = 0; i <= size - 16; i += 16)
            TCell.Store(logits + i * TCell.Size, Vector512.Exp(TCell.Load(logits + i * TCell.Size) - Vector512.Create(denominator)) * all);
        var atTarget = 0f;
        if (target < i) atTarget = TCell.LoadOne(logits + target * TCell.Size);
        for (; i < size; i++)
        {
            var value = MathF.Exp(TCell.LoadOne(logits + i * TCell.Size) - denominator) * all;
            if (i == target) atTarget = value;
            TCell.StoreOne(logits + i * TCell.Size, value);
        }
        TCell.StoreOne(logits + target * TCell.Size, atTarget - weight * scale);
        return weight * (double)loss;
    }

    private static float Largest<TCell>(byte* logits, int size) where TCell : struct, ICell
    {
        var most = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= size - 16; i += 16) most = Vector512.Max(most, TCell.Load(logits + i * TCell.Size));
        var largest = float.NegativeInfinity;
        for (var lane = 0; lane < 16; lane++) largest = MathF.Max(largest, most.GetElement(lane));
        for (; i < size; i++) largest = MathF.Max(largest, TCell.LoadOne(logits + i * TCell.Size));
        return largest;
    }
}
