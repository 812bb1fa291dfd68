using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>
/// RoPE by halves, while moving heads between the two layouts: tokens x [q heads | k heads | v heads] as the product leaves them, and
/// heads x tokens as attention wants them. Turning back (sign -1) is the gradient.
/// </summary>
internal static unsafe class RotateKernel
{
    /// <summary>One head of one token: element i with element i + half.</summary>
    public static void Turn<TCell>(byte* from, byte* to, byte* cosine, byte* sine, int half, float sign) where TCell : struct, ICell
    {
        var fromHigh = from + half * TCell.Size;
        var toHigh = to + half * TCell.Size;
        var i = 0;
        for (; i <= half - 16; i += 16)
        {
            var at = i * TCell.Size;
            var (low, high) = (TCell.Load(from + at), TCell.Load(fromHigh + at));
            var (c, s) = (TCell.Load(cosine + at), TCell.Load(sine + at) * sign);
            TCell.Store(to + at, low * c - high * s);
            TCell.Store(toHigh + at, high * c + low * s);
        }
        for (; i < half; i++)
        {
            var at = i * TCell.Size;
            var (low, high) = (TCell.LoadOne(from + at), TCell.LoadOne(fromHigh + at));
            var (c, s) = (TCell.LoadOne(cosine + at), TCell.LoadOne(sine + at) * sign);
            TCell.StoreOne(to + at, low * c - high * s);
            TCell.StoreOne(toHigh + at, high * c + low * s);
        }
    }
}
