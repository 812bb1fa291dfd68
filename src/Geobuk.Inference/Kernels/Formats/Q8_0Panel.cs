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
    public static int RunSteps => 8;
    public static int GroupSize => 32;
    public static bool HasMinimum => false;
    public static int ZeroShift => 0;
    public static int Apart => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        (TSet.Load(lines + group * 512 + step * 64), TSet.Load(lines + group * 512 + (step + 1) * 64)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
        }
    }
}
