using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>IQ4_NL: f16 d, 16 bytes of nibbles as in Q4_0, each an index of sixteen uneven levels; value = d level.</summary>
internal readonly unsafe struct IQ4_NLPanel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 18;
    public static int HalfAt => 0;
    public static bool Signed => true;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => false;
    public static int ZeroShift => 0;
    public static int Apart => 4;

    private static ReadOnlySpan<sbyte> LevelBytes => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Address of the levels; constant data does not move.</summary>
    private static byte* Table => (byte*)Unsafe.AsPointer(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(LevelBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Levels<TSet, V>(lines + group * 256 + step * 64));

    /// <summary>The levels that the lower and the upper nibbles of a line name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Low, V High) Levels<TSet, V>(byte* line) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        var (low, high) = Bits<TSet, V>.Nibbles(TSet.Load(line));
        return (TSet.LookUp(Table, low), TSet.LookUp(Table, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
        }
    }
}
