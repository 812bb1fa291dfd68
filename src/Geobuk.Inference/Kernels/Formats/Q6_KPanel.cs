using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q6_K: 128 bytes of low nibbles, 64 bytes of upper two bits, 16 signed scales s, f16 d; value = d s (q - 32).</summary>
internal readonly unsafe struct Q6_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 210;
    public static int HalfAt => 208;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 16;
    public static bool HasMinimum => false;
    public static int ZeroShift => 5;
    public static int Apart => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var (second, quarter) = (group >> 2, group & 3);
            var (low, high) = Bits<TSet, V>.Nibbles(TSet.Load(lines + second * 1024 + quarter * 512 + step * 64));
            var upper = TSet.ShiftRight16(TSet.Load(lines + 2048 + second * 512 + step * 64), (int)(2 * quarter));
            var mask = TSet.Repeat(0x30303030u);
            return (TSet.Or(low, TSet.And(TSet.ShiftLeft16(upper, 4), mask)), TSet.Or(high, TSet.And(upper, mask)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
            for (var i = 0; i < 4; i++) Bits<TSet, V>.SignedScales(TSet.Load(lines + 3072 + i * 64), 0, i, scales);
        }
    }
}
