using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>The values of another format after they were unpacked once for many tokens: a line per step.</summary>
internal readonly unsafe struct UnpackedPanel<TFormat> : IPanelFormat where TFormat : struct, IPanelFormat
{
    public static int BlockSize => TFormat.BlockSize;
    public static int BlockBytes => TFormat.BlockBytes;
    public static int HalfAt => TFormat.HalfAt;
    public static bool Signed => TFormat.Signed;
    public static int RunSteps => TFormat.RunSteps;
    public static int GroupSize => TFormat.GroupSize;
    public static OffsetKind Offsets => TFormat.Offsets;
    public static int Zero => TFormat.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, int group, int step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        TSet.Load(lines + (group * (TFormat.Signed ? 16 : 8) + step) * PanelLayout.LineBytes));

    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TFormat.Scales<TSet, V>(halves, lines, scales);
        }
    }
}
