namespace Geobuk.Models.Layouts;

/// <summary>The scales of an 8-bit matrix: one for every 128 x 128 values, value = stored * scale (DeepSeek-V3, section 3.3.2).</summary>
internal sealed class BlockScales(long columns, float[] scales)
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
}
