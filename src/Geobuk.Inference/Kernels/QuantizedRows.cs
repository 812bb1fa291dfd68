namespace Geobuk.Inference.Kernels;

/// <summary>
/// Inputs rounded to 8 bits in blocks of one size: x is scale * byte, -127 to 127. Sums of the bytes serve the weights' offsets.
/// </summary>
internal unsafe struct QuantizedRows
{
    /// <summary>[tokens, columns].</summary>
    public sbyte* Bytes;
    /// <summary>[tokens, columns / block size].</summary>
    public float* Scales;
    /// <summary>[tokens, columns / 16].</summary>
    public short* Sums16;
    /// <summary>[tokens, columns / 32].</summary>
    public short* Sums32;
    /// <summary>
    /// [tokens, columns / 16 or 32], of 16 elements in blocks of 256, else of 32: two 16-bit numbers, minus the sum of elements 0 and 1 of each four, and of 2 and 3.
    /// </summary>
    public int* Pairs;

    /// <summary>The same rows from a later one on.</summary>
    public readonly QuantizedRows From(long row, int columns, int blockSize) => new()
    {
        Bytes = Bytes + row * columns,
        Scales = Scales + row * (columns / blockSize),
        Sums16 = Sums16 + row * (columns / 16),
        Sums32 = Sums32 + row * (columns / 32),
        Pairs = Pairs + row * (columns / (blockSize == ActivationRows.SuperSize ? 16 : 32)),
    };
}
