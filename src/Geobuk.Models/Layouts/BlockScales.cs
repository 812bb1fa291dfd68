using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Layouts;

/// <summary>The scales of an 8-bit matrix: one for every 128 x 128 values, value = stored * scale (DeepSeek-V3, section 3.3.2).</summary>
public sealed class BlockScales(long columns, float[] scales)
{
    /// <summary>Rows and columns of a block.</summary>
    public const int Size = 128;
    /// <summary>What the key of the scales adds to the matrix's.</summary>
    public const string Suffix = "_scale_inv";

    private readonly long _blocksPerRow = (columns + Size - 1) / Size;

    /// <summary>Multiplies the stored values of a row with their scales.</summary>
    public void Apply(RowSource row, Span<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var element = row.Offset + i * row.Stride;
            values[i] *= scales[element / columns / Size * _blocksPerRow + element % columns / Size];
        }
    }

    /// <summary>
    /// The scales of a matrix: each block's largest magnitude becomes the largest 8-bit value. The values are divided by them in
    /// place, ready to be stored.
    /// </summary>
    public static float[] Divide(float[] values, long columns)
    {
        var rows = values.Length / columns;
        var blocksPerRow = (columns + Size - 1) / Size;
        var scales = new float[(rows + Size - 1) / Size * blocksPerRow];
        for (var i = 0; i < values.Length; i++)
        {
            ref var scale = ref scales[i / columns / Size * blocksPerRow + i % columns / Size];
            scale = MathF.Max(scale, MathF.Abs(values[i]) / Float8.Largest);
        }
        for (var i = 0; i < values.Length; i++)
        {
            var scale = scales[i / columns / Size * blocksPerRow + i % columns / Size];
            if (scale > 0) values[i] /= scale;
        }
        return scales;
    }
}
