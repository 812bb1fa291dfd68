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
internal static unsafe class MatrixTile<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
    private static int GroupSteps
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TFormat.Signed ? 16 : 8;
    }

    /// <summary>Two panels by four tokens, for 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void TwoByFour(byte* lines0, StretchScales scales0, byte* lines1, StretchScales scales1, in TileInputs<TFormat> inputs, int groups, byte* sums, int stride)
    {
        unchecked
        {
            byte* x0 = inputs.X0, x1 = inputs.X1, x2 = inputs.X2, x3 = inputs.X3;
            V a0 = Start(sums + 0 * PanelLayout.LineBytes), a1 = Start(sums + 1 * stride + 0 * PanelLayout.LineBytes), a2 = Start(sums + 2 * stride + 0 * PanelLayout.LineBytes), a3 = Start(sums + 3 * stride + 0 * PanelLayout.LineBytes);
            V b0 = Start(sums + 1 * PanelLayout.LineBytes), b1 = Start(sums + 1 * stride + 1 * PanelLayout.LineBytes), b2 = Start(sums + 2 * stride + 1 * PanelLayout.LineBytes), b3 = Start(sums + 3 * stride + 1 * PanelLayout.LineBytes);
            for (var g = 0; g < groups; g++)
            {
                for (var step = 0; step < GroupSteps; step += TFormat.RunSteps)
                {
                    var w0 = TFormat.Values<TSet, V>(lines0, g, step);
                    var w1 = TFormat.Values<TSet, V>(lines1, g, step);
                    var x = TSet.Repeat(x0);
                    var c0 = TDot.First(w0, x); var d0 = TDot.First(w1, x);
                    x = TSet.Repeat(x1);
                    var c1 = TDot.First(w0, x); var d1 = TDot.First(w1, x);
                    x = TSet.Repeat(x2);
                    var c2 = TDot.First(w0, x); var d2 = TDot.First(w1, x);
                    x = TSet.Repeat(x3);
                    var c3 = TDot.First(w0, x); var d3 = TDot.First(w1, x);
                    for (var s = 1; s < TFormat.RunSteps; s++)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + s);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + s);
                        x = TSet.Repeat(x0 + 4 * s);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 4 * s);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 4 * s);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 4 * s);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                    }
                    if (TFormat.BlockSize == 256)
                    {
                        var p = TSet.Load(scales0.Integer(IntegerScale(g, step)));
                        a0 = TSet.Add(a0, TDot.Finish(c0, p));
                        a1 = TSet.Add(a1, TDot.Finish(c1, p));
                        a2 = TSet.Add(a2, TDot.Finish(c2, p));
                        a3 = TSet.Add(a3, TDot.Finish(c3, p));
                        var q = TSet.Load(scales1.Integer(IntegerScale(g, step)));
                        b0 = TSet.Add(b0, TDot.Finish(d0, q));
                        b1 = TSet.Add(b1, TDot.Finish(d1, q));
                        b2 = TSet.Add(b2, TDot.Finish(d2, q));
                        b3 = TSet.Add(b3, TDot.Finish(d3, q));
                    }
                    else
                    {
                        var p = TSet.Load(scales0.Scale(g));
                        var q = TSet.Load(scales1.Scale(g));
                        var y = Offset(inputs.B0 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S0 + g));
                        a0 = AddRun(a0, c0, y, p, scales0.Scale(g + 8), x);
                        b0 = AddRun(b0, d0, y, q, scales1.Scale(g + 8), x);
                        y = Offset(inputs.B1 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S1 + g));
                        a1 = AddRun(a1, c1, y, p, scales0.Scale(g + 8), x);
                        b1 = AddRun(b1, d1, y, q, scales1.Scale(g + 8), x);
                        y = Offset(inputs.B2 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S2 + g));
                        a2 = AddRun(a2, c2, y, p, scales0.Scale(g + 8), x);
                        b2 = AddRun(b2, d2, y, q, scales1.Scale(g + 8), x);
                        y = Offset(inputs.B3 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S3 + g));
                        a3 = AddRun(a3, c3, y, p, scales0.Scale(g + 8), x);
                        b3 = AddRun(b3, d3, y, q, scales1.Scale(g + 8), x);
                    }
                    x0 += 4 * TFormat.RunSteps; x1 += 4 * TFormat.RunSteps; x2 += 4 * TFormat.RunSteps; x3 += 4 * TFormat.RunSteps;
                }
            }
            if (TFormat.BlockSize == 256)
            {
                Close(a0, scales0, inputs.B0, inputs.S0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
                Close(b0, scales1, inputs.B0, inputs.S0, sums + 0 * stride + 1 * PanelLayout.LineBytes);
                Close(a1, scales0, inputs.B1, inputs.S1, sums + 1 * stride + 0 * PanelLayout.LineBytes);
                Close(b1, scales1, inputs.B1, inputs.S1, sums + 1 * stride + 1 * PanelLayout.LineBytes);
                Close(a2, scales0, inputs.B2, inputs.S2, sums + 2 * stride + 0 * PanelLayout.LineBytes);
                Close(b2, scales1, inputs.B2, inputs.S2, sums + 2 * stride + 1 * PanelLayout.LineBytes);
                Close(a3, scales0, inputs.B3, inputs.S3, sums + 3 * stride + 0 * PanelLayout.LineBytes);
                Close(b3, scales1, inputs.B3, inputs.S3, sums + 3 * stride + 1 * PanelLayout.LineBytes);
                return;
            }
            TSet.Store(a0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(b0, sums + 0 * stride + 1 * PanelLayout.LineBytes);
            TSet.Store(a1, sums + 1 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(b1, sums + 1 * stride + 1 * PanelLayout.LineBytes);
            TSet.Store(a2, sums + 2 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(b2, sums + 2 * stride + 1 * PanelLayout.LineBytes);
            TSet.Store(a3, sums + 3 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(b3, sums + 3 * stride + 1 * PanelLayout.LineBytes);
        }
    }

    /// <summary>One vector of rows by four tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByFour(byte* lines0, StretchScales scales0, in TileInputs<TFormat> inputs, int groups, byte* sums, int stride)
    {
        unchecked
        {
            byte* x0 = inputs.X0, x1 = inputs.X1, x2 = inputs.X2, x3 = inputs.X3;
            V a0 = Start(sums + 0 * PanelLayout.LineBytes), a1 = Start(sums + 1 * stride + 0 * PanelLayout.LineBytes), a2 = Start(sums + 2 * stride + 0 * PanelLayout.LineBytes), a3 = Start(sums + 3 * stride + 0 * PanelLayout.LineBytes);
            for (var g = 0; g < groups; g++)
            {
                for (var step = 0; step < GroupSteps; step += TFormat.RunSteps)
                {
                    var w0 = TFormat.Values<TSet, V>(lines0, g, step);
                    var x = TSet.Repeat(x0);
                    var c0 = TDot.First(w0, x);
                    x = TSet.Repeat(x1);
                    var c1 = TDot.First(w0, x);
                    x = TSet.Repeat(x2);
                    var c2 = TDot.First(w0, x);
                    x = TSet.Repeat(x3);
                    var c3 = TDot.First(w0, x);
                    for (var s = 1; s < TFormat.RunSteps; s++)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + s);
                        x = TSet.Repeat(x0 + 4 * s);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 4 * s);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 4 * s);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 4 * s);
                        c3 = TDot.Accumulate(c3, w0, x);
                    }
                    if (TFormat.BlockSize == 256)
                    {
                        var p = TSet.Load(scales0.Integer(IntegerScale(g, step)));
                        a0 = TSet.Add(a0, TDot.Finish(c0, p));
                        a1 = TSet.Add(a1, TDot.Finish(c1, p));
                        a2 = TSet.Add(a2, TDot.Finish(c2, p));
                        a3 = TSet.Add(a3, TDot.Finish(c3, p));
                    }
                    else
                    {
                        var p = TSet.Load(scales0.Scale(g));
                        var y = Offset(inputs.B0 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S0 + g));
                        a0 = AddRun(a0, c0, y, p, scales0.Scale(g + 8), x);
                        y = Offset(inputs.B1 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S1 + g));
                        a1 = AddRun(a1, c1, y, p, scales0.Scale(g + 8), x);
                        y = Offset(inputs.B2 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S2 + g));
                        a2 = AddRun(a2, c2, y, p, scales0.Scale(g + 8), x);
                        y = Offset(inputs.B3 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S3 + g));
                        a3 = AddRun(a3, c3, y, p, scales0.Scale(g + 8), x);
                    }
                    x0 += 4 * TFormat.RunSteps; x1 += 4 * TFormat.RunSteps; x2 += 4 * TFormat.RunSteps; x3 += 4 * TFormat.RunSteps;
                }
            }
            if (TFormat.BlockSize == 256)
            {
                Close(a0, scales0, inputs.B0, inputs.S0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
                Close(a1, scales0, inputs.B1, inputs.S1, sums + 1 * stride + 0 * PanelLayout.LineBytes);
                Close(a2, scales0, inputs.B2, inputs.S2, sums + 2 * stride + 0 * PanelLayout.LineBytes);
                Close(a3, scales0, inputs.B3, inputs.S3, sums + 3 * stride + 0 * PanelLayout.LineBytes);
                return;
            }
            TSet.Store(a0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a1, sums + 1 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a2, sums + 2 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a3, sums + 3 * stride + 0 * PanelLayout.LineBytes);
        }
    }

    /// <summary>One vector of rows by one token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OneByOne(byte* lines0, StretchScales scales0, in TileInputs<TFormat> inputs, int groups, byte* sums, int stride)
    {
        unchecked
        {
            byte* x0 = inputs.X0;
            V a0 = Start(sums + 0 * PanelLayout.LineBytes);
            for (var g = 0; g < groups; g++)
            {
                for (var step = 0; step < GroupSteps; step += TFormat.RunSteps)
                {
                    var w0 = TFormat.Values<TSet, V>(lines0, g, step);
                    var x = TSet.Repeat(x0);
                    var c0 = TDot.First(w0, x);
                    for (var s = 1; s < TFormat.RunSteps; s++)
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
                        var y = Offset(inputs.B0 + 4 * g, step);
                        x = TSet.Repeat((byte*)(inputs.S0 + g));
                        a0 = AddRun(a0, c0, y, p, scales0.Scale(g + 8), x);
                    }
                    x0 += 4 * TFormat.RunSteps;
                }
            }
            if (TFormat.BlockSize == 256)
            {
                Close(a0, scales0, inputs.B0, inputs.S0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
                return;
            }
            TSet.Store(a0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
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
    private static void Close(V dot, StretchScales scales, byte* inputSums, float* inputScale, byte* sum)
    {
        V offset = default;
        if (TFormat.Offsets is OffsetKind.Integer or OffsetKind.Minimum)
        {
            for (var pair = 0; pair < 128 / TFormat.GroupSize; pair++)
                offset = TSet.Add(offset, TSet.MultiplyPairs(TSet.Load(scales.Offset(pair)), TSet.Repeat(inputSums + 4 * pair)));
        }
        if (TFormat.Offsets == OffsetKind.Integer) dot = TSet.Add(dot, offset);
        var input = TSet.Repeat((byte*)inputScale);
        var total = TSet.FusedMultiplyAdd(TSet.ToSingle(dot), TSet.MultiplySingle(TSet.Load(scales.Scale(0)), input), TSet.Load(sum));
        if (TFormat.Offsets == OffsetKind.Minimum)
            total = TSet.FusedMultiplyAdd(TSet.ToSingle(offset), TSet.MultiplySingle(TSet.Load(scales.Minimum), input), total);
        TSet.Store(total, sum);
    }
}
