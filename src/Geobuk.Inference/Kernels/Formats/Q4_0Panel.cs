using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q4_0: f16 d, 16 bytes of nibbles, elements 0 to 15 low and 16 to 31 high; value = d (q - 8).</summary>
internal readonly unsafe struct Q4_0Panel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 18;
    public static int HalfAt => 0;
    public static bool Signed => false;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => false;
    public static int ZeroShift => 3;
    public static int Apart => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Bits<TSet, V>.Nibbles(TSet.Load(lines + group * 256 + step * 64)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
        }
    }
}
