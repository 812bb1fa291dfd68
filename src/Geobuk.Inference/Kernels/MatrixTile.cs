using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The innermost loops of a matrix product: some vectors of rows by some tokens over a stretch of up to 256 elements. Integer sums
/// are exact, and every (row, token) has one float accumulator that takes one fused multiply-add per block in order (two in blocks
/// with minima, one per run where a block of 32 has several), so the result depends on neither tile, batch nor instruction set.
/// Sums lie in lines of 16 lanes, <c>stride</c> bytes from token to token.
/// </summary>
internal static unsafe partial class MatrixTile<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
    private static int GroupSteps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.Signed ? 16 : 8;
    }

    /// <summary>One vector of rows by one token, over all columns: generation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WholeRow(PanelLayout layout, byte* panel, int lane, in QuantizedRows input, int columns, StretchScales scales0, byte* sums)
    {
        unchecked
        {
            var x0 = TFormat.Signed ? (byte*)input.Shorts : (byte*)input.Bytes;
            var s0 = input.Scales;
            var b0 = TileInputs<TFormat>.Sums(input, 0);
            V total = default;
            for (var element = 0; element < columns; element += ActivationRows.SuperSize)
            {
                var groups = Math.Min(ActivationRows.SuperSize, columns - element) / ActivationRows.GroupSize;
                var lines0 = StretchReader<TFormat, TSet, V>.Scales(layout, panel, element, groups, lane, scales0);
                V a0 = TFormat.BlockSize == 256 ? default : total;
                for (var g = 0; g < groups; g++)
                {
                    for (var step = 0; step < GroupSteps; step += TFormat.RunSteps)
                    {
                        var w0 = TFormat.Values<TSet, V>(lines0, g, step);
                        var x = TSet.Repeat(x0);
                        var c0 = TDot.First(w0, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 1);
                        x = TSet.Repeat(x0 + 4);
                        c0 = TDot.Accumulate(c0, w0, x);
                        if (TFormat.RunSteps > 2)
                        {
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 2);
                            x = TSet.Repeat(x0 + 8);
                            c0 = TDot.Accumulate(c0, w0, x);
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 3);
                            x = TSet.Repeat(x0 + 12);
                            c0 = TDot.Accumulate(c0, w0, x);
                        }
                        if (TFormat.RunSteps > 4)
                        {
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 4);
                            x = TSet.Repeat(x0 + 16);
                            c0 = TDot.Accumulate(c0, w0, x);
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 5);
                            x = TSet.Repeat(x0 + 20);
                            c0 = TDot.Accumulate(c0, w0, x);
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 6);
                            x = TSet.Repeat(x0 + 24);
                            c0 = TDot.Accumulate(c0, w0, x);
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + 7);
                            x = TSet.Repeat(x0 + 28);
                            c0 = TDot.Accumulate(c0, w0, x);
                        }
                        for (var s = 8; s < TFormat.RunSteps; s++)
                        {
                            w0 = TFormat.Values<TSet, V>(lines0, g, step + s);
                            x = TSet.Repeat(x0 + 4 * s);
                            c0 = TDot.Accumulate(c0, w0, x);
                        }
                        if (TFormat.BlockSize == 256)
                        {
                            var p = TSet.Load(scales0.Integer(IntegerScale(g, step)));
                            a0 = TSet.Add(a0, TDot.Finish(c0, p));
                        }
                        else
                        {
                            var p = TSet.Load(scales0.Scale(g));
                            var y = Offset(b0 + 4 * g, step);
                            x = TSet.Repeat((byte*)(s0 + g));
                            a0 = AddRun(a0, c0, y, p, scales0.Scale(g + 8), x);
                        }
                        x0 += 4 * TFormat.RunSteps;
                    }
                }
                total = TFormat.BlockSize == 256 ? Close(a0, scales0, b0, s0, total) : a0;
                s0 += ActivationRows.SuperSize / TFormat.BlockSize;
                b0 += TileInputs<TFormat>.SumsBytes;
            }
            TSet.Store(total, sums);
        }
    }

    /// <summary>Integer sums begin at zero, float sums where the last stretch ended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Start(byte* sums) => TFormat.BlockSize == 256 ? default : TSet.Load(sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IntegerScale(int group, int step) =>
        TFormat.GroupSize == 32 ? group : 2 * group + (TFormat.Signed ? step >> 3 : step >> 2);

    /// <summary>What the zero point of a run's values takes away, the same for every row; with minima the sum of the run's inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Offset(byte* sums, int step)
    {
        if (TFormat.Offsets == OffsetKind.None) return default;
        var zero = TFormat.Offsets == OffsetKind.Zero ? unchecked((uint)-TFormat.Zero & 0xFFFF) : 1u;
        var pair = TFormat.RunSteps == GroupSteps ? zero | zero << 16 : step == 0 ? zero : zero << 16;
        return TSet.MultiplyPairs(TSet.Repeat(sums), TSet.Repeat(pair));
    }

    /// <summary>sum + (dot - offset) * (weight scale * input scale), and the minimum's part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V AddRun(V sum, V dot, V offset, V weightScale, byte* minimum, V inputScale)
    {
        var integer = TDot.Finish(dot);
        if (TFormat.Offsets == OffsetKind.Zero) integer = TSet.Add(integer, offset);
        sum = TSet.FusedMultiplyAdd(TSet.ToSingle(integer), TSet.MultiplySingle(weightScale, inputScale), sum);
        return TFormat.Offsets == OffsetKind.Minimum
            ? TSet.FusedMultiplyAdd(TSet.ToSingle(offset), TSet.MultiplySingle(TSet.Load(minimum), inputScale), sum)
            : sum;
    }

    /// <summary>The end of a block of 256: sum += dot * (scale * input scale), and the offsets' part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Close(V dot, StretchScales scales, byte* inputSums, float* inputScale, V sum)
    {
        V offset = default;
        if (TFormat.Offsets is OffsetKind.Integer or OffsetKind.Minimum)
        {
            for (var pair = 0; pair < 128 / TFormat.GroupSize; pair++)
                offset = TSet.Add(offset, TSet.MultiplyPairs(TSet.Load(scales.Offset(pair)), TSet.Repeat(unchecked(inputSums + 4 * pair))));
        }
        if (TFormat.Offsets == OffsetKind.Integer) dot = TSet.Add(dot, offset);
        var input = TSet.Repeat((byte*)inputScale);
        var total = TSet.FusedMultiplyAdd(TSet.ToSingle(dot), TSet.MultiplySingle(TSet.Load(scales.Scale(0)), input), sum);
        if (TFormat.Offsets == OffsetKind.Minimum)
            total = TSet.FusedMultiplyAdd(TSet.ToSingle(offset), TSet.MultiplySingle(TSet.Load(scales.Minimum), input), total);
        return total;
    }
}
