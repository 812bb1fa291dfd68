using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q2_K: sixteen 4-bit scales s and minima m, 64 bytes of two bits, f16 d and dmin; value = d s q - dmin m.</summary>
internal readonly unsafe struct Q2_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 84;
    public static int HalfAt => -1;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 16;
    public static bool HasMinimum => true;
    public static int ZeroShift => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, nint group, nint step, int half) where TSet : struct, IInstructionSet<V> where V : unmanaged => unchecked(
        Bits<TSet, V>.Move(lines + 256 + (group >> 2) * 512 + (step + 2 * half) * 64, 2 * (group & 3), 0, 0x03030303));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            Bits<TSet, V>.HalfPair(TSet.Load(lines + 1280), scales);
            for (var i = 0; i < 4; i++)
            {
                var low = Bits<TSet, V>.Nibbles(lines + i * 64, 0);
                for (var b = 0; b < 4; b++) TSet.Store(Bits<TSet, V>.Spread(low, b), scales.Integer(4 * i + b));
                Bits<TSet, V>.NeighbourOffsets(Bits<TSet, V>.Nibbles(lines + i * 64, 4), scales, 2 * i);
            }
        }
    }
}
