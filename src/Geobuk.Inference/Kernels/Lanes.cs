using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>Operations on eight lanes with one fixed order, whatever the hardware.</summary>
internal static unsafe class Lanes
{
    /// <summary>Sum of eight lanes: halves, quarters, pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> v)
    {
        var four = v.GetLower() + v.GetUpper();
        return four[0] + four[2] + (four[1] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> v)
    {
        var four = Vector128.Max(v.GetLower(), v.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[2]), MathF.Max(four[1], four[3]));
    }
}
