using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q2_K: sixteen 4-bit scales s and minima m, 64 bytes of two bits, f16 d and dmin; value = d s q - dmin m.</summary>
internal readonly unsafe struct Q2_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 84;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 16;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;
    public static int Apart => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var two = TSet.ShiftRight16(TSet.Load(lines + 256 + (group >> 2) * 512 + step * 64), (int)(2 * (group & 3)));
            var mask = TSet.Repeat(0x03030303u);
            return (TSet.And(two, mask), TSet.And(TSet.ShiftRight16(two, 4), mask));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            Bits<TSet, V>.HalfPair(TSet.Load(lines + 1280), scales);
            for (var i = 0; i < 4; i++)
            {
                var (low, high) = Bits<TSet, V>.Nibbles(TSet.Load(lines + i * 64));
                Bits<TSet, V>.FourScales(low, i, scales);
                Bits<TSet, V>.NeighbourOffsets(high, scales, 2 * i);
            }
        }
    }
}
