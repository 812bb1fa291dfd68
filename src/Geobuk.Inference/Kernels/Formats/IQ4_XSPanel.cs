using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>IQ4_XS: f16 d, eight 6-bit scales s (upper bits in a u16, lower in 4 bytes), nibbles as in IQ4_NL; value = d (s - 32) level.</summary>
internal readonly unsafe struct IQ4_XSPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 136;
    public static int HalfAt => -1;
    public static bool Signed => true;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => false;
    public static int ZeroShift => 0;
    public static int Apart => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        IQ4_NLPanel.Levels<TSet, V>(lines + 128 + group * 256 + step * 64));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var (first, low) = (TSet.Load(lines), TSet.Load(lines + 64));
            TSet.Store(Bits<TSet, V>.Single(TSet.And(first, TSet.Repeat(0xFFFFu))), scales.Scale(0));
            for (var g = 0; g < 8; g++)
            {
                var four = TSet.And(TSet.ShiftRight32(low, 4 * g), TSet.Repeat(15u));
                var two = TSet.ShiftLeft32(TSet.And(TSet.ShiftRight32(first, 16 + 2 * g), TSet.Repeat(3u)), 4);
                TSet.Store(Bits<TSet, V>.Twice(TSet.Add(TSet.Or(four, two), TSet.Repeat(unchecked((uint)-32)))), scales.Integer(g));
            }
        }
    }
}
