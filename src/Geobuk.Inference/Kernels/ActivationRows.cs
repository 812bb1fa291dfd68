using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The inputs of a matrix product, one row per token: single precision, and for quantized weights also 8-bit blocks.
/// A block of 32 has scale d = max|x| / 127 and bytes round(x / d); the sums d * (sum of bytes) serve the weights' offsets. The
/// scale is rounded to half precision, as llama.cpp's blocks hold it, so that both compute the same from the same file.
/// </summary>
internal unsafe struct ActivationRows
{
    public const int BlockSize = 32;

    /// <summary>[tokens, columns].</summary>
    public float* Values;
    /// <summary>[tokens, columns], whole blocks.</summary>
    public sbyte* Bytes;
    /// <summary>[tokens, columns / 32].</summary>
    public float* Scales;
    /// <summary>[tokens, columns / 32].</summary>
    public float* Sums32;
    /// <summary>[tokens, columns / 16].</summary>
    public float* Sums16;

    /// <summary>The same rows from a later one on.</summary>
    public readonly ActivationRows From(long row, int columns) => new()
    {
        Values = Values + row * columns,
        Bytes = Bytes + row * columns,
        Scales = Scales + row * (columns / BlockSize),
        Sums32 = Sums32 + row * (columns / BlockSize),
        Sums16 = Sums16 + row * (columns / BlockSize) * 2,
    };

    /// <summary>Fills the 8-bit form of one token's row; a remainder below a block is left out, quantized rows have none.</summary>
    public readonly void Quantize(int token, int columns)
    {
        var blocks = columns / BlockSize;
        for (var b = 0; b < blocks; b++) QuantizeBlock((long)token * columns, (long)token * blocks, b);
    }

    private readonly void QuantizeBlock(long element, long firstBlock, int b)
    {
        var source = Values + element + (long)BlockSize * b;
        var (x0, x1) = (Vector256.Load(source), Vector256.Load(source + 8));
        var (x2, x3) = (Vector256.Load(source + 16), Vector256.Load(source + 24));
        var largest = Vector256.Max(Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
        var peak = Lanes.Max(largest);
        var inverse = Vector256.Create(peak > 0 ? 127 / peak : 0f);
        var (i0, i1) = (Round(x0 * inverse), Round(x1 * inverse));
        var (i2, i3) = (Round(x2 * inverse), Round(x3 * inverse));
        Vector256.Narrow(Vector256.Narrow(i0, i1), Vector256.Narrow(i2, i3)).Store(Bytes + element + (long)BlockSize * b);

        var scale = (float)(Half)(peak / 127);
        var (sum0, sum1) = (Vector256.Sum(i0 + i1), Vector256.Sum(i2 + i3));
        var block = firstBlock + b;
        Scales[block] = scale;
        Sums16[2 * block] = scale * sum0;
        Sums16[2 * block + 1] = scale * sum1;
        Sums32[block] = scale * (sum0 + sum1);
    }

    private static Vector256<int> Round(Vector256<float> x) => Vector256.ConvertToInt32Native(Vector256.Round(x));
}
