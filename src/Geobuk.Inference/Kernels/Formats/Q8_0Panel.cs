using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q8_0: f16 d, 32 signed bytes; value = d q.</summary>
internal readonly unsafe struct Q8_0Panel : IPanelFormat
{
    public static int BlockSize => 32;
    public static int BlockBytes => 34;
    public static int HalfAt => 0;
    public static bool Signed => true;
    public static int RunSteps => 16;
    public static int GroupSize => 32;
    public static OffsetKind Offsets => OffsetKind.None;
    public static int Zero => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, int group, int step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Bits<TSet, V>.Pairs(TSet.Load(lines + group * 512 + (step & 7) * 64), step >> 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
        }
    }
}
