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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, nint group, nint step, int half) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        TSet.Or(
        Bits<TSet, V>.Nibbles(lines + 768 + (group >> 1) * 512 + (step + 2 * half) * 64, (group & 1) * 4),
        Bits<TSet, V>.Move(lines + 256 + (step + 2 * half) * 64, group, 4, 0x10101010)));

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
