using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q5_1: f16 d and m, 32 fifth bits, 16 bytes of nibbles; value = d q + m.</summary>
internal readonly unsafe struct Q5_1Panel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 24;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 32;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;
    public static int Apart => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            lines += group * 384;
            var line = lines + 128 + (step & 3) * 64;
            var upper = step & 4;
            return (TSet.Or(Bits<TSet, V>.Nibbles(line, upper), Bits<TSet, V>.FifthBits(lines + 64, step)),
                TSet.Or(Bits<TSet, V>.Nibbles(line + 128, upper), Bits<TSet, V>.FifthBits(lines + 64, step + 2)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            Bits<TSet, V>.ScaleAndMinimum(TSet.Load(lines), scales);
        }
    }
}
