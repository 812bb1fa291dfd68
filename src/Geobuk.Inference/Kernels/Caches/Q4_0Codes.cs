using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels.Caches;

/// <summary>Q4_0: 16 bytes, numbers 0 to 15 in the low nibbles and 16 to 31 in the high ones, 8 more than they stand for.</summary>
internal readonly unsafe struct Q4_0Codes : ICacheCodes
{
    public static GgmlType Type => GgmlType.Q4_0;
    public static bool TurnsHeads => true;
    public static int Bytes => 16;
    public static int Parts => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Values(byte* codes, int part) =>
        (Widened(codes) >>> 4 * part & Vector256.Create(15)) - Vector256.Create(8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Widened(byte* codes)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32(codes);
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)codes).AsByte());
        return Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts)).AsInt32();
    }
}
