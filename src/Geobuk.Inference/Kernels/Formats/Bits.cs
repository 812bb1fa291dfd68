using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels.Formats;

/// <summary>What several formats do to the lanes of a vector.</summary>
internal static unsafe class Bits<TSet, V> where TSet : struct, IInstructionSet<V> where V : unmanaged
{
    /// <summary>Four bits of every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Nibbles(byte* line, nint shift) => unchecked(TSet.And(TSet.ShiftRight16(TSet.Load(line), (int)shift), TSet.Repeat(0x0F0F0F0Fu)));

    /// <summary>The lower and the upper four bits of every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V Low, V High) Nibbles(V bytes)
    {
        var mask = TSet.Repeat(0x0F0F0F0Fu);
        return (TSet.And(bytes, mask), TSet.And(TSet.ShiftRight16(bytes, 4), mask));
    }

    /// <summary>Half precision in the low 16 bits of each lane to single precision; finite values only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Single(V halves)
    {
        unchecked
        {
            var magnitude = TSet.MultiplySingle(TSet.ShiftLeft32(TSet.And(halves, TSet.Repeat(0x7FFFu)), 13), TSet.Repeat(0x77800000u));
            return TSet.Or(magnitude, TSet.ShiftLeft32(TSet.And(halves, TSet.Repeat(0x8000u)), 16));
        }
    }

    /// <summary>A small integer of each lane in both 16-bit halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Twice(V integers) => unchecked(TSet.Or(TSet.And(integers, TSet.Repeat(0xFFFFu)), TSet.ShiftLeft32(integers, 16)));

    /// <summary>Four bits of a dword, step by step, as bit 4 of four bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FifthBits(byte* line, nint step)
    {
        unchecked
        {
            var four = TSet.And(TSet.ShiftRight32(TSet.Load(line), 4 * (int)step), TSet.Repeat(15u));
            return TSet.ShiftLeft32(TSet.And(TSet.Multiply(four, TSet.Repeat(0x00204081u)), TSet.Repeat(0x01010101u)), 4);
        }
    }

    /// <summary>Scale in the low and minimum in the high half of each lane, of a block of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScaleAndMinimum(V halves, StretchScales scales)
    {
        unchecked
        {
            TSet.Store(Single(TSet.And(halves, TSet.Repeat(0xFFFFu))), scales.Scale(0));
            TSet.Store(Single(TSet.ShiftRight32(halves, 16)), scales.Scale(8));
        }
    }

    /// <summary>Scale in the low and scale of the minima in the high half of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void HalfPair(V halves, StretchScales scales)
    {
        unchecked
        {
            TSet.Store(Single(TSet.And(halves, TSet.Repeat(0xFFFFu))), scales.Scale(0));
            // Minima are subtracted.
            TSet.Store(Single(TSet.Xor(TSet.ShiftRight32(halves, 16), TSet.Repeat(0x8000u))), scales.Minimum);
        }
    }

    /// <summary>Integer scales of four groups of 16: signed bytes over 2^<paramref name="shift"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SignedScales(V bytes, int shift, int quarter, StretchScales scales)
    {
        unchecked
        {
            TSet.Store(TSet.ShiftRightSigned16(TSet.Arrange(bytes, 0x00800080u), 8 + shift), scales.Integer(4 * quarter));
            TSet.Store(TSet.ShiftRightSigned16(TSet.Arrange(bytes, 0x01800180u), 8 + shift), scales.Integer(4 * quarter + 1));
            TSet.Store(TSet.ShiftRightSigned16(TSet.Arrange(bytes, 0x02800280u), 8 + shift), scales.Integer(4 * quarter + 2));
            TSet.Store(TSet.ShiftRightSigned16(TSet.Arrange(bytes, 0x03800380u), 8 + shift), scales.Integer(4 * quarter + 3));
        }
    }

    /// <summary>Integer scales of four groups: bytes without sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FourScales(V bytes, int quarter, StretchScales scales)
    {
        unchecked
        {
            TSet.Store(TSet.Arrange(bytes, 0x80008000u), scales.Integer(4 * quarter));
            TSet.Store(TSet.Arrange(bytes, 0x80018001u), scales.Integer(4 * quarter + 1));
            TSet.Store(TSet.Arrange(bytes, 0x80028002u), scales.Integer(4 * quarter + 2));
            TSet.Store(TSet.Arrange(bytes, 0x80038003u), scales.Integer(4 * quarter + 3));
        }
    }

    /// <summary>Four bytes as two pairs of neighbours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NeighbourOffsets(V bytes, StretchScales scales, int pair)
    {
        unchecked
        {
            TSet.Store(TSet.Arrange(bytes, 0x80018000u), scales.Offset(pair));
            TSet.Store(TSet.Arrange(bytes, 0x80038002u), scales.Offset(pair + 1));
        }
    }

    /// <summary>
    /// The eight 6-bit scales and minima that Q4_K and Q5_K pack into twelve bytes, as dwords of four bytes:
    /// scales 0 to 3, scales 4 to 7, minima 0 to 3, minima 4 to 7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void UnpackSixBits(byte* lines, StretchScales scales)
    {
        unchecked
        {
            var (a, b, c) = (TSet.Load(lines), TSet.Load(lines + StretchScales.LineBytes), TSet.Load(lines + 2 * StretchScales.LineBytes));
            var (low, six) = (TSet.Repeat(0x0F0F0F0Fu), TSet.Repeat(0x3F3F3F3Fu));
            Put(scales, 0, TSet.And(a, six), TSet.And(b, six));
            var top = TSet.Repeat(0x30303030u);
            Put(scales, 1, TSet.Or(TSet.And(c, low), TSet.And(TSet.ShiftRight16(a, 2), top)),
                TSet.Or(TSet.And(TSet.ShiftRight16(c, 4), low), TSet.And(TSet.ShiftRight16(b, 2), top)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(StretchScales scales, int half, V fourScales, V fourMinima)
    {
        unchecked
        {
            FourScales(fourScales, half, scales);
            NeighbourOffsets(fourMinima, scales, 2 * half);
        }
    }
}
