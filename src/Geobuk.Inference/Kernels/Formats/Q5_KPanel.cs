using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q5_K: as Q4_K with 32 bytes of fifth bits before the nibbles.</summary>
internal readonly unsafe struct Q5_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 176;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 32;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;
    public static int Apart => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var (low, high) = Bits<TSet, V>.Nibbles(TSet.Load(lines + 768 + group * 256 + step * 64));
            var fifth = TSet.ShiftRight16(TSet.Load(lines + 256 + step * 64), (int)group);
            var mask = TSet.Repeat(0x10101010u);
            return (TSet.Or(low, TSet.And(TSet.ShiftLeft16(fifth, 4), mask)), TSet.Or(high, TSet.And(TSet.ShiftLeft16(fifth, 3), mask)));
        }
    }

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
