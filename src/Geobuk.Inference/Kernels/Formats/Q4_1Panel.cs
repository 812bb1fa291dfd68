using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q4_1: f16 d and m, 16 bytes of nibbles as in Q4_0; value = d q + m.</summary>
internal readonly unsafe struct Q4_1Panel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 20;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;
    public static int Apart => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Bits<TSet, V>.Nibbles(TSet.Load(lines + group * 320 + 64 + step * 64)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            Bits<TSet, V>.ScaleAndMinimum(TSet.Load(lines), scales);
        }
    }
}
