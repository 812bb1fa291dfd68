using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>
/// A format with a sign for instructions that multiply bytes without one and sum the products in 32 bits: values are 128 more, and the
/// zero point takes that away, so the sums are the same integers.
/// </summary>
internal readonly unsafe struct Raised<TFormat> : IPanelFormat where TFormat : struct, IPanelFormat
{
    public static int BlockSize => TFormat.BlockSize;
    public static int BlockBytes => TFormat.BlockBytes;
    public static int HalfAt => TFormat.HalfAt;
    public static bool Signed => false;
    public static int RunSteps => TFormat.RunSteps;
    public static int GroupSize => TFormat.GroupSize;
    public static bool HasMinimum => TFormat.HasMinimum;
    public static int ZeroShift => 7;
    public static int Apart => TFormat.Apart;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        var (first, second) = TFormat.Values<TSet, V>(lines, group, step);
        return (TSet.Xor(first, TSet.Repeat(0x80808080u)), TSet.Xor(second, TSet.Repeat(0x80808080u)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged =>
        TFormat.Scales<TSet, V>(halves, lines, scales);
}
