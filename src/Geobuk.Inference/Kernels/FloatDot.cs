using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>The dot product whose order of summation every float tile follows.</summary>
internal static unsafe class FloatDot
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Dot(float* w, float* x, int count)
    {
        unchecked
        {
            var sum = Vector256<float>.Zero;
            var whole = count & -8;
            for (var k = 0; k < whole; k += 8)
                sum = Vector256.MultiplyAddEstimate(Vector256.Load(w + k), Vector256.Load(x + k), sum);
            return Finish(sum, w, x, count);
        }
    }

    /// <summary>Adds the lanes, then the columns after the last whole eight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Finish(Vector256<float> sum, float* w, float* x, int count)
    {
        unchecked
        {
            var total = Lanes.Sum(sum);
            for (var k = count & -8; k < count; k++) total = MathF.FusedMultiplyAdd(w[k], x[k], total);
            return total;
        }
    }
}
