using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q4_K: f16 d and dmin, eight 6-bit scales s and minima m, 128 bytes of nibbles; value = d s q - dmin m.</summary>
internal readonly unsafe struct Q4_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 144;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;
    public static int Apart => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Bits<TSet, V>.Nibbles(TSet.Load(lines + 256 + group * 256 + step * 64)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            Bits<TSet, V>.HalfPair(TSet.Load(lines), scales);
            Bits<TSet, V>.UnpackSixBits(lines + 64, scales);
        }
    }
}
