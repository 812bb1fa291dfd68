using System.Runtime.CompilerServices;
using Geobuk.Inference.Kernels.Formats;
using Geobuk.Inference.Kernels.InstructionSets;

namespace Geobuk.Inference.Kernels;

internal static unsafe partial class MatrixTile<TFormat, TSet, TDot, V>
    where TFormat : struct, IPanelFormat where TSet : struct, IInstructionSet<V> where TDot : struct, IByteDot<V> where V : unmanaged
{
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
                    var c0 = TDot.First(w0, x);
                    var d0 = TDot.First(w1, x);
                    x = TSet.Repeat(x1);
                    var c1 = TDot.First(w0, x);
                    var d1 = TDot.First(w1, x);
                    x = TSet.Repeat(x2);
                    var c2 = TDot.First(w0, x);
                    var d2 = TDot.First(w1, x);
                    x = TSet.Repeat(x3);
                    var c3 = TDot.First(w0, x);
                    var d3 = TDot.First(w1, x);
                    w0 = TFormat.Values<TSet, V>(lines0, g, step + 1);
                    w1 = TFormat.Values<TSet, V>(lines1, g, step + 1);
                    x = TSet.Repeat(x0 + 4);
                    c0 = TDot.Accumulate(c0, w0, x);
                    d0 = TDot.Accumulate(d0, w1, x);
                    x = TSet.Repeat(x1 + 4);
                    c1 = TDot.Accumulate(c1, w0, x);
                    d1 = TDot.Accumulate(d1, w1, x);
                    x = TSet.Repeat(x2 + 4);
                    c2 = TDot.Accumulate(c2, w0, x);
                    d2 = TDot.Accumulate(d2, w1, x);
                    x = TSet.Repeat(x3 + 4);
                    c3 = TDot.Accumulate(c3, w0, x);
                    d3 = TDot.Accumulate(d3, w1, x);
                    if (TFormat.RunSteps > 2)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 2);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 2);
                        x = TSet.Repeat(x0 + 8);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 8);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 8);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 8);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 3);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 3);
                        x = TSet.Repeat(x0 + 12);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 12);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 12);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 12);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                    }
                    if (TFormat.RunSteps > 4)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 4);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 4);
                        x = TSet.Repeat(x0 + 16);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 16);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 16);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 16);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 5);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 5);
                        x = TSet.Repeat(x0 + 20);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 20);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 20);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 20);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 6);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 6);
                        x = TSet.Repeat(x0 + 24);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 24);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 24);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 24);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 7);
                        w1 = TFormat.Values<TSet, V>(lines1, g, step + 7);
                        x = TSet.Repeat(x0 + 28);
                        c0 = TDot.Accumulate(c0, w0, x);
                        d0 = TDot.Accumulate(d0, w1, x);
                        x = TSet.Repeat(x1 + 28);
                        c1 = TDot.Accumulate(c1, w0, x);
                        d1 = TDot.Accumulate(d1, w1, x);
                        x = TSet.Repeat(x2 + 28);
                        c2 = TDot.Accumulate(c2, w0, x);
                        d2 = TDot.Accumulate(d2, w1, x);
                        x = TSet.Repeat(x3 + 28);
                        c3 = TDot.Accumulate(c3, w0, x);
                        d3 = TDot.Accumulate(d3, w1, x);
                    }
                    for (var s = 8; s < TFormat.RunSteps; s++)
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
                a0 = Close(a0, scales0, inputs.B0, inputs.S0, TSet.Load(sums + 0 * stride + 0 * PanelLayout.LineBytes));
                b0 = Close(b0, scales1, inputs.B0, inputs.S0, TSet.Load(sums + 0 * stride + 1 * PanelLayout.LineBytes));
                a1 = Close(a1, scales0, inputs.B1, inputs.S1, TSet.Load(sums + 1 * stride + 0 * PanelLayout.LineBytes));
                b1 = Close(b1, scales1, inputs.B1, inputs.S1, TSet.Load(sums + 1 * stride + 1 * PanelLayout.LineBytes));
                a2 = Close(a2, scales0, inputs.B2, inputs.S2, TSet.Load(sums + 2 * stride + 0 * PanelLayout.LineBytes));
                b2 = Close(b2, scales1, inputs.B2, inputs.S2, TSet.Load(sums + 2 * stride + 1 * PanelLayout.LineBytes));
                a3 = Close(a3, scales0, inputs.B3, inputs.S3, TSet.Load(sums + 3 * stride + 0 * PanelLayout.LineBytes));
                b3 = Close(b3, scales1, inputs.B3, inputs.S3, TSet.Load(sums + 3 * stride + 1 * PanelLayout.LineBytes));
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
                    w0 = TFormat.Values<TSet, V>(lines0, g, step + 1);
                    x = TSet.Repeat(x0 + 4);
                    c0 = TDot.Accumulate(c0, w0, x);
                    x = TSet.Repeat(x1 + 4);
                    c1 = TDot.Accumulate(c1, w0, x);
                    x = TSet.Repeat(x2 + 4);
                    c2 = TDot.Accumulate(c2, w0, x);
                    x = TSet.Repeat(x3 + 4);
                    c3 = TDot.Accumulate(c3, w0, x);
                    if (TFormat.RunSteps > 2)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 2);
                        x = TSet.Repeat(x0 + 8);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 8);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 8);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 8);
                        c3 = TDot.Accumulate(c3, w0, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 3);
                        x = TSet.Repeat(x0 + 12);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 12);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 12);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 12);
                        c3 = TDot.Accumulate(c3, w0, x);
                    }
                    if (TFormat.RunSteps > 4)
                    {
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 4);
                        x = TSet.Repeat(x0 + 16);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 16);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 16);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 16);
                        c3 = TDot.Accumulate(c3, w0, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 5);
                        x = TSet.Repeat(x0 + 20);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 20);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 20);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 20);
                        c3 = TDot.Accumulate(c3, w0, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 6);
                        x = TSet.Repeat(x0 + 24);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 24);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 24);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 24);
                        c3 = TDot.Accumulate(c3, w0, x);
                        w0 = TFormat.Values<TSet, V>(lines0, g, step + 7);
                        x = TSet.Repeat(x0 + 28);
                        c0 = TDot.Accumulate(c0, w0, x);
                        x = TSet.Repeat(x1 + 28);
                        c1 = TDot.Accumulate(c1, w0, x);
                        x = TSet.Repeat(x2 + 28);
                        c2 = TDot.Accumulate(c2, w0, x);
                        x = TSet.Repeat(x3 + 28);
                        c3 = TDot.Accumulate(c3, w0, x);
                    }
                    for (var s = 8; s < TFormat.RunSteps; s++)
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
                a0 = Close(a0, scales0, inputs.B0, inputs.S0, TSet.Load(sums + 0 * stride + 0 * PanelLayout.LineBytes));
                a1 = Close(a1, scales0, inputs.B1, inputs.S1, TSet.Load(sums + 1 * stride + 0 * PanelLayout.LineBytes));
                a2 = Close(a2, scales0, inputs.B2, inputs.S2, TSet.Load(sums + 2 * stride + 0 * PanelLayout.LineBytes));
                a3 = Close(a3, scales0, inputs.B3, inputs.S3, TSet.Load(sums + 3 * stride + 0 * PanelLayout.LineBytes));
            }
            TSet.Store(a0, sums + 0 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a1, sums + 1 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a2, sums + 2 * stride + 0 * PanelLayout.LineBytes);
            TSet.Store(a3, sums + 3 * stride + 0 * PanelLayout.LineBytes);
        }
    }
}
