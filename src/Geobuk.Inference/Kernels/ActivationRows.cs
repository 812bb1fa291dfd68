using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// The inputs of a matrix product, one row per token: single precision, and for quantized weights also 8-bit, in the blocks that
/// llama.cpp takes for the same weights, so that both compute the same from the same file. Blocks of 32 have the scale
/// max|x| / 127 rounded to half precision; blocks of 256 have it in single precision.
/// </summary>
internal unsafe struct ActivationRows
{
    public const int GroupSize = 32;
    public const int SuperSize = 256;

    /// <summary>[tokens, columns].</summary>
    public float* Values;
    /// <summary>Blocks of 32, for weights in blocks of 32.</summary>
    public QuantizedRows Groups;
    /// <summary>Blocks of 256, for weights in blocks of 256.</summary>
    public QuantizedRows Supers;

    /// <summary>The same rows from a later one on.</summary>
    public readonly ActivationRows From(long row, int columns) => new()
    {
        Values = Values + row * columns,
        Groups = Groups.From(row, columns, GroupSize),
        Supers = Supers.From(row, columns, SuperSize),
    };

    /// <summary>The 8-bit form for weights in blocks of <paramref name="blockSize"/>.</summary>
    public readonly QuantizedRows Form(int blockSize) => blockSize == SuperSize ? Supers : Groups;

    /// <summary>Fills one token's blocks of 32; a remainder below a block is left out, weights in blocks have none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void QuantizeGroups(int token, int columns)
    {
        unchecked
        {
            var blocks = columns / GroupSize;
            var rows = Groups.From(token, columns, GroupSize);
            for (var b = 0; b < blocks; b++)
            {
                var peak = Peak(Values + (long)token * columns + GroupSize * b);
                QuantizeGroup(Values + (long)token * columns, rows, b, peak > 0 ? 127 / peak : 0f, GroupSize);
                rows.Scales[b] = (float)(Half)(peak / 127);
            }
        }
    }

    /// <summary>Fills one token's blocks of 256.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void QuantizeSupers(int token, int columns)
    {
        unchecked
        {
            const int Groups = SuperSize / GroupSize;
            var blocks = columns / SuperSize;
            var rows = Supers.From(token, columns, SuperSize);
            for (var b = 0; b < blocks; b++)
            {
                var source = Values + (long)token * columns;
                var peak = 0f;
                for (var g = 0; g < Groups; g++) peak = MathF.Max(peak, Peak(source + SuperSize * b + GroupSize * g));
                var inverse = peak > 0 ? 127 / peak : 0f;
                for (var g = 0; g < Groups; g++) QuantizeGroup(source, rows, Groups * b + g, inverse, GroupSize / 2);
                rows.Scales[b] = peak > 0 ? 1 / inverse : 0f;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Peak(float* source)
    {
        var (x0, x1) = (Vector256.Load(source), Vector256.Load(source + 8));
        var (x2, x3) = (Vector256.Load(source + 16), Vector256.Load(source + 24));
        return Lanes.Max(Vector256.Max(Vector256.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Vector256.Max(Vector256.Abs(x2), Vector256.Abs(x3))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void QuantizeGroup(float* row, QuantizedRows rows, int group, float inverse, int pairSize)
    {
        unchecked
        {
            var source = row + GroupSize * group;
            var factor = Vector256.Create(inverse);
            var (i0, i1) = (Round(Vector256.Load(source) * factor), Round(Vector256.Load(source + 8) * factor));
            var (i2, i3) = (Round(Vector256.Load(source + 16) * factor), Round(Vector256.Load(source + 24) * factor));
            var bytes = Vector256.Narrow(Vector256.Narrow(i0, i1), Vector256.Narrow(i2, i3));
            bytes.Store(rows.Bytes + GroupSize * group);
            var pairs = (bytes.AsInt16() << 8 >> 8) + (bytes.AsInt16() >> 8);
            var (first, second) = (Fold(pairs.GetLower()), Fold(pairs.GetUpper()));
            rows.Sums16[2 * group] = (short)(first[0] + first[1]);
            rows.Sums16[2 * group + 1] = (short)(second[0] + second[1]);
            rows.Sums32[group] = (short)(rows.Sums16[2 * group] + rows.Sums16[2 * group + 1]);
            if (pairSize == GroupSize) rows.Pairs[group] = (-(first + second)).AsInt32()[0];
            else (rows.Pairs[2 * group], rows.Pairs[2 * group + 1]) = ((-first).AsInt32()[0], (-second).AsInt32()[0]);
        }
    }

    /// <summary>The sums of the even and of the odd numbers, in the first two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Fold(Vector128<short> x)
    {
        x += Vector128.Shuffle(x.AsInt32(), Vector128.Create(2, 3, 0, 1)).AsInt16();
        return x + Vector128.Shuffle(x.AsInt32(), Vector128.Create(1, 0, 3, 2)).AsInt16();
    }

    private static Vector256<int> Round(Vector256<float> x) => Vector256.ConvertToInt32Native(Vector256.Round(x));
}
