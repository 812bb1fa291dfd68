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
    public static int RunSteps => 4;
    public static int GroupSize => 32;
    public static OffsetKind Offsets => OffsetKind.Zero;
    public static int Zero => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, int group, int step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            lines += group * 320;
            return TSet.Or(Bits<TSet, V>.Nibbles(lines + 64 + (step & 3) * 64, step & 4), Bits<TSet, V>.FifthBits(lines, step));
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
