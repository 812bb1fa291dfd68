using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>Q3_K: 32 bytes of third bits, 64 bytes of two bits, sixteen 6-bit scales s, f16 d; value = d (s - 32) (q - 4).</summary>
internal readonly unsafe struct Q3_KPanel : IPanelFormat
{
    public static int BlockSize => 256;
    public static int BlockBytes => 110;
    public static int HalfAt => 108;
    public static bool Signed => false;
    public static int RunSteps => 4;
    public static int GroupSize => 16;
    public static bool HasMinimum => false;
    public static int ZeroShift => 2;
    public static int Apart => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V First, V Second) Values<TSet, V>(byte* lines, nint group, nint step) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var two = TSet.ShiftRight16(TSet.Load(lines + 512 + (group >> 2) * 512 + step * 64), (int)(2 * (group & 3)));
            var third = TSet.ShiftRight16(TSet.Load(lines + step * 64), (int)group);
            V mask = TSet.Repeat(0x03030303u), bit = TSet.Repeat(0x04040404u);
            return (TSet.Or(TSet.And(two, mask), TSet.And(TSet.ShiftLeft16(third, 2), bit)), TSet.Or(TSet.And(TSet.ShiftRight16(two, 4), mask), TSet.And(third, bit)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
            var high = TSet.Load(lines + 1664);
            for (var i = 0; i < 4; i++)
            {
                var low = Bits<TSet, V>.Nibbles(lines + 1536 + (i & 1) * 64, (i & 2) * 2);
                var top = TSet.And(TSet.ShiftLeft16(TSet.ShiftRight16(high, 2 * i), 4), TSet.Repeat(0x30303030u));
                // Six bits less 32 are a signed number once the highest is turned.
                Bits<TSet, V>.SignedScales(TSet.ShiftLeft16(TSet.Xor(TSet.Or(low, top), TSet.Repeat(0x20202020u)), 2), 2, i, scales);
            }
        }
    }
}
