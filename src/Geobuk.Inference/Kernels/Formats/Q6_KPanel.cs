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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Values<TSet, V>(byte* lines, nint group, nint step, int half) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            var (second, quarter) = (group >> 2, group & 3);
            step += 2 * half;
            return TSet.Or(
                Bits<TSet, V>.Nibbles(lines + second * 1024 + (quarter & 1) * 512 + step * 64, (quarter & 2) * 2),
                Bits<TSet, V>.Move(lines + 2048 + second * 512 + step * 64, 2 * quarter, 4, 0x30303030));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scales<TSet, V>(byte* halves, byte* lines, StretchScales scales) where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        unchecked
        {
            TSet.Store(Bits<TSet, V>.Single(TSet.LoadHalves(halves)), scales.Scale(0));
            for (var i = 0; i < 4; i++) Bits<TSet, V>.SignedScales(TSet.Xor(TSet.Load(lines + 3072 + i * 64), TSet.Repeat(0x80808080u)), 128, i, scales);
        }
    }
}
