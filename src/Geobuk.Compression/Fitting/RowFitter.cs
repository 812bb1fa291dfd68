using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Fitting;

/// <summary>
/// Encodes one row at a time: ggml's own fit, and after it what the switches ask for. Joint search improves every super-block;
/// error feedback lets the columns that are still to come make good what rounding a column cost, block by block, inside the grid that
/// each block was given. One per thread.
/// </summary>
/// <param name="format">Format of the row.</param>
/// <param name="importance">Weights of the columns, or null.</param>
/// <param name="feedback"><see cref="InputMoments.FeedbackFactors"/> of the inputs, or null.</param>
/// <param name="joint">Search scales and codes jointly.</param>
internal sealed class RowFitter(BlockFormat format, float[]? importance, float[]? feedback, bool joint)
{
    private readonly JointSearch? _search = joint && format.Grid is { } grid ? new JointSearch(grid) : null;
    private readonly bool _feeds = feedback is not null && format.Grid is not null;

    /// <summary>Encodes a row.</summary>
    public void Encode(ReadOnlySpan<float> row, Span<byte> data)
    {
        if (!_feeds && _search is null)
        {
            format.Encode(row, importance, data);
            return;
        }
        var (size, bytes) = (format.BlockSize, format.BlockBytes);
        Span<float> weights = stackalloc float[size];
        var values = row.ToArray();
        var errors = new float[size];
        for (var b = 0; b < row.Length / size; b++)
        {
            var block = data.Slice(b * bytes, bytes);
            var part = values.AsSpan(b * size, size);
            var columns = importance is null ? default : importance.AsSpan(b * size, size);
            format.Encode(part, columns, block);
            if (_search is not null)
            {
                if (columns.IsEmpty) weights.Fill(1);
                else columns.CopyTo(weights);
                _search.Improve(part, weights, block);
            }
            if (!_feeds) continue;
            Round(values, b * size, errors, block);
            Spread(values, b * size, errors);
        }
    }

    /// <summary>Rounds the columns of a block one after the other; the later ones of the block take the error at once.</summary>
    private void Round(float[] values, int first, float[] errors, Span<byte> block)
    {
        var grid = format.Grid!;
        var shape = grid.Shape;
        Span<int> scales = stackalloc int[grid.Groups];
        Span<int> minima = stackalloc int[grid.Groups];
        Span<byte> codes = stackalloc byte[format.BlockSize];
        var (d, dMin) = grid.ReadScales(block, scales, minima);
        var width = values.Length;
        for (var i = 0; i < codes.Length; i++)
        {
            var group = i / shape.GroupSize;
            var (step, origin) = ((float)d * scales[group], -(float)dMin * minima[group]);
            var value = values[first + i];
            codes[i] = (byte)shape.Nearest(step == 0 ? 0 : (value - origin) / step);
            var factors = feedback.AsSpan((first + i) * width, width);
            errors[i] = (value - (step * shape.Levels[codes[i]] + origin)) / factors[first + i];
            AddScaled(values.AsSpan(first + i + 1, codes.Length - i - 1), factors.Slice(first + i + 1, codes.Length - i - 1), -errors[i]);
        }
        grid.Write(d, dMin, scales, minima, codes, block);
    }

    private void Spread(float[] values, int first, float[] errors)
    {
        var rest = first + errors.Length;
        var width = values.Length;
        for (var i = 0; i < errors.Length && rest < width; i++)
            AddScaled(values.AsSpan(rest), feedback.AsSpan((first + i) * width + rest, width - rest), -errors[i]);
    }

    private static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float factor)
    {
        var i = 0;
        var width = System.Numerics.Vector<float>.Count;
        var factors = new System.Numerics.Vector<float>(factor);
        for (; i + width <= target.Length; i += width)
            (new System.Numerics.Vector<float>(target[i..]) + factors * new System.Numerics.Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < target.Length; i++) target[i] += factor * source[i];
    }
}
