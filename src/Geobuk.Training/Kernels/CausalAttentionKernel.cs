using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>
/// softmax(q k^T / sqrt(d)) v of one document, in which a token reads itself and those before it, tile by tile, so that scores exist for
/// one tile of queries and keys at a time; backward they are computed again from the logarithms of their sums (Dao et al. 2022,
/// arXiv:2205.14135, and 2023, arXiv:2307.08691). Computed in fp32 whatever the cells are. A document's tiles begin with the document, so
/// its bits do not depend on what lies beside it.
/// </summary>
/// <typeparam name="TCell">Type of the tensors.</typeparam>
/// <param name="length">Tokens of the document.</param>
/// <param name="size">Numbers of a head, a multiple of 16.</param>
internal readonly unsafe struct CausalAttentionKernel<TCell>(int length, int size) where TCell : struct, ICell
{
    private const int Tile = 64;
    private const int Area = Tile * Tile;

    private int Tiles => (length + Tile - 1) / Tile;

    /// <summary>Numbers of a tile of tokens.</summary>
    private int Part => Tile * size;

    private float Scale => 1 / MathF.Sqrt(size);

    /// <summary>The mixed values of some heads that read the same keys and values, and the logarithm of the sum of every token's scores.</summary>
    /// <param name="queries">Of each head, [length, size].</param>
    /// <param name="keys">[length, size].</param>
    /// <param name="values">[length, size].</param>
    /// <param name="mixed">Of each head, where its first token's numbers go; those of the next begin <paramref name="stride"/> numbers later.</param>
    /// <param name="stride">Numbers of a token in the result.</param>
    /// <param name="sums">Of each head, fp32 [length].</param>
    public void Forward(ReadOnlySpan<nint> queries, nint keys, nint values, ReadOnlySpan<nint> mixed, int stride, ReadOnlySpan<nint> sums)
    {
        using var room = new Room(2 * Tiles * Part + 2 * Part + Area);
        float* turned = room.Take(Tiles * Part), v = room.Take(Tiles * Part), q = room.Take(Part), o = room.Take(Part), scores = room.Take(Area);
        for (var tile = 0; tile < Tiles; tile++)
        {
            Load(keys, tile, size, 1, q);
            Turn(q, turned + tile * Part);
            Load(values, tile, size, 1, v + tile * Part);
        }
        Span<float> most = stackalloc float[Tile], sum = stackalloc float[Tile];
        for (var head = 0; head < queries.Length; head++)
        {
            for (var i = 0; i < Tiles; i++)
            {
                Load(queries[head], i, size, Scale, q);
                new Span<float>(o, Part).Clear();
                most.Fill(float.NegativeInfinity);
                sum.Clear();
                var rows = Padded(i);
                for (var j = 0; j <= i; j++)
                {
                    Scores(q, turned + j * Part, scores, rows);
                    for (var row = 0; row < rows; row++) Weigh(scores + row * Tile, Readable(i, j, row), ref most[row], ref sum[row], o + row * size);
                    TileProduct.Add(o, size, scores, Tile, 1, v + j * Part, size, rows, size, Tile);
                }
                for (var row = 0; row < Held(i); row++)
                {
                    var token = i * Tile + row;
                    Store(o + row * size, 1 / sum[row], (byte*)mixed[head] + (long)token * stride * TCell.Size);
                    ((float*)sums[head])[token] = most[row] + MathF.Log(sum[row]);
                }
            }
        }
    }

    /// <summary>The gradients of what <see cref="Forward"/> got.</summary>
    /// <param name="queries">As there.</param>
    /// <param name="keys">As there.</param>
    /// <param name="values">As there.</param>
    /// <param name="mixed">Its result.</param>
    /// <param name="gradients">Of the result, laid out like it.</param>
    /// <param name="stride">As there.</param>
    /// <param name="sums">Its result.</param>
    /// <param name="queryGradients">Of each head, [length, size].</param>
    /// <param name="keyGradient">[length, size].</param>
    /// <param name="valueGradient">[length, size].</param>
    public void Backward(ReadOnlySpan<nint> queries, nint keys, nint values, ReadOnlySpan<nint> mixed, ReadOnlySpan<nint> gradients, int stride,
        ReadOnlySpan<nint> sums, ReadOnlySpan<nint> queryGradients, nint keyGradient, nint valueGradient)
    {
        using var room = new Room(5 * Tiles * Part + 4 * Part + 2 * Area);
        float* k = room.Take(Tiles * Part), turnedKeys = room.Take(Tiles * Part), turnedValues = room.Take(Tiles * Part);
        float* dk = room.Take(Tiles * Part), dv = room.Take(Tiles * Part);
        float* q = room.Take(Part), o = room.Take(Part), dq = room.Take(Part), dO = room.Take(Part);
        float* scores = room.Take(Area), slopes = room.Take(Area);
        new Span<float>(dk, Tiles * Part).Clear();
        new Span<float>(dv, Tiles * Part).Clear();
        for (var tile = 0; tile < Tiles; tile++)
        {
            Load(keys, tile, size, 1, k + tile * Part);
            Turn(k + tile * Part, turnedKeys + tile * Part);
            Load(values, tile, size, 1, q);
            Turn(q, turnedValues + tile * Part);
        }
        var shares = stackalloc float[Tile];
        for (var head = 0; head < queries.Length; head++)
        {
            for (var i = 0; i < Tiles; i++)
            {
                Load(queries[head], i, size, Scale, q);
                Load(gradients[head], i, stride, 1, dO);
                Load(mixed[head], i, stride, 1, o);
                new Span<float>(dq, Part).Clear();
                var rows = Padded(i);
                for (var row = 0; row < rows; row++) shares[row] = Dot(o + row * size, dO + row * size);
                for (var j = 0; j <= i; j++)
                {
                    Scores(q, turnedKeys + j * Part, scores, rows);
                    Scores(dO, turnedValues + j * Part, slopes, rows);
                    for (var row = 0; row < rows; row++)
                        Slope(scores + row * Tile, slopes + row * Tile, Readable(i, j, row), row < Held(i) ? ((float*)sums[head])[i * Tile + row] : 0, shares[row]);
                    TileProduct.Add(dv + j * Part, size, scores, 1, Tile, dO, size, Tile, size, rows);
                    TileProduct.Add(dk + j * Part, size, slopes, 1, Tile, q, size, Tile, size, rows);
                    TileProduct.Add(dq, size, slopes, Tile, 1, k + j * Part, size, rows, size, Tile);
                }
                for (var row = 0; row < Held(i); row++) Store(dq + row * size, Scale, (byte*)queryGradients[head] + (i * Tile + row) * (long)size * TCell.Size);
            }
        }
        for (var token = 0L; token < length; token++)
        {
            Store(dk + token * size, 1, (byte*)keyGradient + token * size * TCell.Size);
            Store(dv + token * size, 1, (byte*)valueGradient + token * size * TCell.Size);
        }
    }

    /// <summary>Tokens in a tile.</summary>
    private int Held(int tile) => Math.Min(Tile, length - tile * Tile);

    /// <summary>The same, filled up to whole groups of rows.</summary>
    private int Padded(int tile) => (Held(tile) + TileProduct.Rows - 1) / TileProduct.Rows * TileProduct.Rows;

    /// <summary>Keys of tile j that a row of tile i may read.</summary>
    private static int Readable(int i, int j, int row) => i == j ? row + 1 : Tile;

    /// <summary>A tile's tokens in fp32, zeros after the last.</summary>
    private void Load(nint tokens, int tile, int stride, float factor, float* target)
    {
        var held = Held(tile);
        for (var row = 0; row < held; row++)
        {
            var from = (byte*)tokens + (tile * (long)Tile + row) * stride * TCell.Size;
            for (var i = 0; i < size; i += TileProduct.Lanes) (TCell.Load(from + i * TCell.Size) * factor).Store(target + row * size + i);
        }
        new Span<float>(target + held * size, (Tile - held) * size).Clear();
    }

    /// <summary>[tokens, size] to [size, tokens].</summary>
    private void Turn(float* tile, float* turned)
    {
        for (var i = 0; i < size; i++)
            for (var row = 0; row < Tile; row++) turned[i * Tile + row] = tile[row * size + i];
    }

    private void Scores(float* rows, float* turned, float* scores, int count)
    {
        new Span<float>(scores, count * Tile).Clear();
        TileProduct.Add(scores, Tile, rows, size, 1, turned, Tile, count, Tile, size);
    }

    private void Store(float* from, float factor, byte* target)
    {
        for (var i = 0; i < size; i += TileProduct.Lanes) TCell.Store(target + i * TCell.Size, Vector512.Load(from + i) * factor);
    }

    private float Dot(float* x, float* y)
    {
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < size; i += TileProduct.Lanes) sum += Vector512.Load(x + i) * Vector512.Load(y + i);
        return Vector512.Sum(sum);
    }

    /// <summary>A row's scores to weights exp(score - largest so far); what is mixed already is held against the new largest.</summary>
    private void Weigh(float* scores, int readable, ref float most, ref float sum, float* mixed)
    {
        Vector512<float> s0 = Readable(scores, 0, readable), s1 = Readable(scores, 16, readable), s2 = Readable(scores, 32, readable), s3 = Readable(scores, 48, readable);
        var largest = Largest(Vector512.Max(Vector512.Max(s0, s1), Vector512.Max(s2, s3)));
        if (largest > most)
        {
            var fade = most == float.NegativeInfinity ? 0 : MathF.Exp(most - largest);
            for (var i = 0; i < size; i += TileProduct.Lanes) (Vector512.Load(mixed + i) * fade).Store(mixed + i);
            sum *= fade;
            most = largest;
        }
        var against = Vector512.Create(most);
        (s0, s1, s2, s3) = (Exp(s0 - against), Exp(s1 - against), Exp(s2 - against), Exp(s3 - against));
        sum += Vector512.Sum(s0 + s1 + (s2 + s3));
        s0.Store(scores);
        s1.Store(scores + 16);
        s2.Store(scores + 32);
        s3.Store(scores + 48);
    }

    /// <summary>A row's scores to weights, and the weights' gradients to the scores': weight (gradient - share).</summary>
    private static void Slope(float* scores, float* slopes, int readable, float sum, float share)
    {
        for (var i = 0; i < Tile; i += TileProduct.Lanes)
        {
            var weights = Exp(Readable(scores, i, readable) - Vector512.Create(sum));
            weights.Store(scores + i);
            (weights * (Vector512.Load(slopes + i) - Vector512.Create(share))).Store(slopes + i);
        }
    }

    /// <summary>Scores from <paramref name="first"/> on; of keys that may not be read, minus infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Readable(float* scores, int first, int readable) => first + TileProduct.Lanes <= readable
        ? Vector512.Load(scores + first)
        : Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(readable - first)).AsSingle(), Vector512.Load(scores + first), Vector512.Create(float.NegativeInfinity));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector512<float> values)
    {
        var half = Vector256.Max(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }

    /// <summary>exp of numbers up to some 80, within 2 units in the last place; 0 below -87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        // x = n ln 2 + r, the logarithm in two parts; exp(r) by its series.
        var n = Vector512.Round(x * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693145752f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.42860677e-6f), r);
        var p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        var powers = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87f)), Vector512<float>.Zero, p * powers.AsSingle());
    }

    /// <summary>Memory for a call.</summary>
    private ref struct Room
    {
        private readonly float[] _array;
        private readonly MemoryHandle _handle;
        private int _taken;

        public Room(int count)
        {
            _array = ArrayPool<float>.Shared.Rent(count);
            _handle = _array.AsMemory().Pin();
        }

        public float* Take(int count)
        {
            var at = (float*)_handle.Pointer + _taken;
            _taken += count;
            return at;
        }

        public readonly void Dispose()
        {
            _handle.Dispose();
            ArrayPool<float>.Shared.Return(_array);
        }
    }
}
