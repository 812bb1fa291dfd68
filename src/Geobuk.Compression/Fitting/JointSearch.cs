using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Fitting;

/// <summary>
/// Improves an encoded super-block: scales, minima, codes and the two factors are chosen against each other instead of one after the
/// other. In turn, each group takes the scale and minimum next to its own under which its weighted square error is least with the
/// codes rounded anew, and the factors take the least-squares solution for x = d·(scale·level) − dmin·minimum, rounded to half
/// precision. No step is kept that makes the error larger, so the result is never worse than what it starts from.
/// </summary>
internal sealed class JointSearch
{
    private const int Rounds = 4;
    private const int Reach = 2;

    private readonly BlockGrid _grid;
    private readonly GridShape _shape;
    private readonly int[] _scales, _minima, _trialScales, _trialMinima;

    public JointSearch(BlockGrid grid)
    {
        (_grid, _shape) = (grid, grid.Shape);
        (_scales, _minima, _trialScales, _trialMinima) = (new int[grid.Groups], new int[grid.Groups], new int[grid.Groups], new int[grid.Groups]);
    }

    /// <summary>Improves a block in place.</summary>
    /// <param name="values">What it was made of.</param>
    /// <param name="weights">One weight per value.</param>
    /// <param name="block">The encoded block.</param>
    public void Improve(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, Span<byte> block)
    {
        var (d, dMin) = _grid.ReadScales(block, _scales, _minima);
        if ((float)d == 0) return;
        var best = Error(values, weights, d, dMin, _scales, _minima);
        for (var round = 0; round < Rounds; round++)
        {
            for (var g = 0; g < _grid.Groups; g++) (_trialScales[g], _trialMinima[g]) = BestOfGroup(values, weights, g, (float)d, (float)dMin);
            var (nextD, nextDMin) = Solve(values, weights, (float)d, (float)dMin);
            var error = Error(values, weights, nextD, nextDMin, _trialScales, _trialMinima);
            if (!(error < best * (1 - 1e-6))) break;
            (best, d, dMin) = (error, nextD, nextDMin);
            _trialScales.CopyTo(_scales, 0);
            _trialMinima.CopyTo(_minima, 0);
        }
        Span<byte> codes = stackalloc byte[values.Length];
        for (var i = 0; i < codes.Length; i++)
        {
            var (step, origin) = Step((float)d, (float)dMin, _scales[i / _shape.GroupSize], _minima[i / _shape.GroupSize]);
            codes[i] = (byte)(step == 0 ? _shape.Nearest(0) : _shape.Nearest((values[i] - origin) / step));
        }
        _grid.Write(d, dMin, _scales, _minima, codes, block);
    }

    private static (float Step, float Origin) Step(float d, float dMin, int scale, int minimum) => (d * scale, -dMin * minimum);

    private (int Scale, int Minimum) BestOfGroup(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int g, float d, float dMin)
    {
        var best = double.PositiveInfinity;
        var chosen = (_scales[g], _minima[g]);
        for (var scale = Math.Max(_shape.LowestScale, _scales[g] - Reach); scale <= Math.Min(_shape.HighestScale, _scales[g] + Reach); scale++)
            for (var minimum = Math.Max(0, _minima[g] - Reach); minimum <= Math.Min(_shape.HighestMinimum, _minima[g] + Reach); minimum++)
            {
                var error = GroupError(values, weights, g, d, dMin, scale, minimum);
                if (error >= best) continue;
                (best, chosen) = (error, (scale, minimum));
            }
        return chosen;
    }

    private double Error(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, Half d, Half dMin, int[] scales, int[] minima)
    {
        var error = 0.0;
        for (var g = 0; g < _grid.Groups; g++) error += GroupError(values, weights, g, (float)d, (float)dMin, scales[g], minima[g]);
        return error;
    }

    private double GroupError(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, int g, float d, float dMin, int scale, int minimum)
    {
        var (step, origin) = Step(d, dMin, scale, minimum);
        var inverse = step == 0 ? 0 : 1 / step;
        var error = 0f;
        for (var i = g * _shape.GroupSize; i < (g + 1) * _shape.GroupSize; i++)
        {
            var difference = step * _shape.Levels[_shape.Nearest((values[i] - origin) * inverse)] + origin - values[i];
            error += weights[i] * difference * difference;
        }
        return error;
    }

    /// <summary>Least squares for d and dmin with the codes that the present ones give.</summary>
    private (Half D, Half DMin) Solve(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, float d, float dMin)
    {
        var (aa, ab, bb, ax, bx) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var g = 0; g < _grid.Groups; g++)
        {
            var (step, origin) = Step(d, dMin, _trialScales[g], _trialMinima[g]);
            var inverse = step == 0 ? 0 : 1 / step;
            for (var i = g * _shape.GroupSize; i < (g + 1) * _shape.GroupSize; i++)
            {
                double a = _trialScales[g] * _shape.Levels[_shape.Nearest((values[i] - origin) * inverse)], b = -_trialMinima[g], w = weights[i];
                aa += w * a * a;
                ab += w * a * b;
                bb += w * b * b;
                ax += w * a * values[i];
                bx += w * b * values[i];
            }
        }
        var determinant = aa * bb - ab * ab;
        if (bb > 0 && determinant > 1e-9 * aa * bb) return ((Half)((ax * bb - bx * ab) / determinant), (Half)((bx * aa - ax * ab) / determinant));
        return (aa > 0 ? (Half)(ax / aa) : (Half)d, (Half)dMin);
    }
}
