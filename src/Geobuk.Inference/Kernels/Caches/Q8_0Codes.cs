using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Kernels.Caches;

/// <summary>Q8_0: 32 signed bytes.</summary>
internal readonly unsafe struct Q8_0Codes : ICacheCodes
{
    public static GgmlType Type => GgmlType.Q8_0;
    public static bool TurnsHeads => false;
    public static int Bytes => 32;
    public static int Parts => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Values(byte* codes, int part)
    {
        if (Avx2.IsSupported) return Avx2.ConvertToVector256Int32((sbyte*)codes);
        var shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)codes).AsSByte());
        return Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts));
    }
}
