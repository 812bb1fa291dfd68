using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q5_0: f16 d, 32 fifth bits, 16 bytes of nibbles; value = d (q - 16).</summary>
internal readonly unsafe struct Q5_0Panel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 22;
    public static int HalfAt => 0;
    public static bool Signed => false;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => false;
    public static int ZeroShift => 4;
    public static int Apart => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            lines += group * 320;
            var (low, high) = Bits<TSet, V>.Nibbles(TSet.Load(lines + 64 + step * 64));
            return (TSet.Or(low, Bits<TSet, V>.FifthBits(lines, step)), TSet.Or(high, Bits<TSet, V>.FifthBits(lines, step + 4)));
        }
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
