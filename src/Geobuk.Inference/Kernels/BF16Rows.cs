using System.Runtime.Intrinsics;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels;

/// <summary>BF16: the upper half of a float.</summary>
internal readonly unsafe struct BF16Rows : IFloatFormat<BF16Rows>
{
    public static int ElementBytes => 2;

    public static float* Load(byte* source, float* scratch, int count)
    {
        var patterns = (ushort*)source;
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(patterns + i));
            (low << 16).AsSingle().Store(scratch + i);
            (high << 16).AsSingle().Store(scratch + i + 8);
        }
        for (; i < count; i++) scratch[i] = BitConverter.UInt32BitsToSingle((uint)patterns[i] << 16);
        return scratch;
    }

    public static void Store(float* source, byte* target, int count)
    {
        var patterns = (ushort*)target;
        for (var i = 0; i < count; i++) patterns[i] = BF16Block.FromSingle(source[i]);
    }
}
