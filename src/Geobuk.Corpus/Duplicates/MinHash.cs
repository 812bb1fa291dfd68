using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Duplicates;

/// <summary>
/// MinHash signatures (Broder 1997) over character shingles: for each of 112 permutations of the hashes the least one. The share of equal
/// places of two signatures estimates the Jaccard similarity of their texts, with a standard deviation of at most 0.047. Banding (Leskovec,
/// Rajaraman and Ullman, Mining of Massive Datasets, ch. 3): two texts are candidates where one of 28 bands of 4 places is equal, which
/// at a similarity of 0.7 is missed once in two thousand.
/// </summary>
internal static class MinHash
{
    /// <summary>Places of a signature.</summary>
    public const int Length = Bands * Rows;
    public const int Bands = 28;
    private const int Rows = 4;

    private static readonly uint[] Offsets = Numbers(0x243F6A8885A308D3UL, 0);
    private static readonly uint[] Factors = Numbers(0x13198A2E03707344UL, 1);

    /// <summary>The signature of a text's shingles of <paramref name="shingle"/> characters.</summary>
    public static uint[] Of(string text, int shingle)
    {
        var signature = new uint[Length];
        Array.Fill(signature, uint.MaxValue);
        var hashes = ArrayPool<uint>.Shared.Rent(Math.Max(1, text.Length));
        Lower(signature, hashes.AsSpan(0, Shingles.Write(text, shingle, hashes)));
        ArrayPool<uint>.Shared.Return(hashes);
        return signature;
    }

    /// <summary>Estimated Jaccard similarity, 0 to 1.</summary>
    public static double Similarity(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b)
    {
        var equal = 0;
        for (var i = 0; i < Length; i++)
            if (a[i] == b[i]) equal++;
        return (double)equal / Length;
    }

    /// <summary>The key of a band; the band's number is part of it.</summary>
    public static ulong Band(ReadOnlySpan<uint> signature, int band)
    {
        unchecked
        {
            var key = (ulong)band * 0x9E3779B97F4A7C15UL;
            foreach (var place in signature.Slice(band * Rows, Rows)) key = BitOperations.RotateLeft((key ^ place) * 0xD6E8FEB86659FD93UL, 31);
            return key;
        }
    }

    // Permutation i is (h ^ offset[i]) * factor[i] mod 2^32, a bijection, since factors are odd.
    private static void Lower(Span<uint> signature, ReadOnlySpan<uint> hashes)
    {
        var minima = MemoryMarshal.Cast<uint, Vector<uint>>(signature);
        var offsets = MemoryMarshal.Cast<uint, Vector<uint>>(Offsets.AsSpan());
        var factors = MemoryMarshal.Cast<uint, Vector<uint>>(Factors.AsSpan());
        // Two vectors share the loading of a hash; their number is even for vectors of up to 256 bits.
        for (var i = 0; i < minima.Length; i += 2)
        {
            var j = Math.Min(i + 1, minima.Length - 1);
            var (one, other) = (minima[i], minima[j]);
            var (offset, factor, otherOffset, otherFactor) = (offsets[i], factors[i], offsets[j], factors[j]);
            foreach (var hash in hashes)
            {
                var all = new Vector<uint>(hash);
                one = Vector.Min(one, (all ^ offset) * factor);
                other = Vector.Min(other, (all ^ otherOffset) * otherFactor);
            }
            (minima[i], minima[j]) = (one, other);
        }
    }

    // SplitMix64 (Steele, Lea and Flood 2014).
    private static uint[] Numbers(ulong state, uint lowBits)
    {
        var numbers = new uint[Length];
        unchecked
        {
            for (var i = 0; i < Length; i++)
            {
                var z = state += 0x9E3779B97F4A7C15UL;
                z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9UL;
                z = (z ^ z >> 27) * 0x94D049BB133111EBUL;
                numbers[i] = (uint)(z >> 32) | lowBits;
            }
        }
        return numbers;
    }
}
