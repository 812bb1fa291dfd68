using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Byte-level BPE (Sennrich et al. 2016; bytes as in GPT-2): a word starts as one token per byte, and the adjacent pair
/// of the lowest merge rank, leftmost first, is merged until no pair has a rank. Thread-safe.
/// </summary>
internal sealed class BytePairModel
{
    private const int LongestCachedWord = 48;
    // Below this length scanning all pairs beats keeping a queue.
    private const int LinearLimit = 96;
    private const long NoMerge = MergeTable.None;

    private readonly int[] _byteIds;
    private readonly MergeTable _merges;
    private readonly Dictionary<string, int>? _wholeWords;
    private readonly int? _unknownId;
    private readonly WordCache _cache = new();

    /// <param name="byteIds">Token of each byte, -1 where the vocabulary lacks it.</param>
    /// <param name="merges">(left id &lt;&lt; 32 | right id) to (rank &lt;&lt; 32 | merged id).</param>
    /// <param name="wholeWords">With ignore_merges: words that are tokens are taken whole.</param>
    /// <param name="unknownId">Stands for bytes without a token; without it they are dropped, as Hugging Face does.</param>
    public BytePairModel(int[] byteIds, Dictionary<long, long> merges, Dictionary<string, int>? wholeWords, int? unknownId) =>
        (_byteIds, _merges, _wholeWords, _unknownId) = (byteIds, new MergeTable(merges), wholeWords, unknownId);

    /// <summary>Two ids as a key of the merge table.</summary>
    public static long Pack(int high, int low) => (long)high << 32 | (uint)low;

    /// <summary>Appends the tokens of one word.</summary>
    public void Encode(ReadOnlySpan<char> word, List<int> output)
    {
        if (word.Length > LongestCachedWord)
        {
            Merge(word, output);
            return;
        }
        if (_cache.Find(word) is { } known)
        {
            output.AddRange(known.AsSpan());
            return;
        }
        var before = output.Count;
        Merge(word, output);
        _cache.Add(word, [.. CollectionsMarshal.AsSpan(output)[before..]]);
    }

    private void Merge(ReadOnlySpan<char> word, List<int> output)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        var symbols = ArrayPool<int>.Shared.Rent(bytes.Length);
        var count = Encoding.UTF8.GetBytes(word, bytes);
        if (_wholeWords is not null && _wholeWords.TryGetValue(ByteAlphabet.Write(bytes.AsSpan(0, count)), out var whole))
        {
            output.Add(whole);
        }
        else
        {
            count = Symbols(bytes.AsSpan(0, count), symbols);
            count = count <= LinearLimit ? MergeLinear(symbols.AsSpan(0, count)) : MergeQueued(symbols.AsSpan(0, count));
            output.AddRange(symbols.AsSpan(0, count));
        }
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<int>.Shared.Return(symbols);
    }

    private int Symbols(ReadOnlySpan<byte> bytes, int[] symbols)
    {
        var count = 0;
        foreach (var value in bytes)
        {
            var id = _byteIds[value];
            if (id >= 0) symbols[count++] = id;
            else if (_unknownId is { } unknown) symbols[count++] = unknown;
        }
        return count;
    }

    private long MergeOf(int left, int right) => _merges.Find(left, right);

    private int MergeLinear(Span<int> symbols)
    {
        var count = symbols.Length;
        Span<long> merges = stackalloc long[LinearLimit];
        for (var i = 0; i + 1 < count; i++) merges[i] = MergeOf(symbols[i], symbols[i + 1]);
        while (count > 1)
        {
            var best = 0;
            for (var i = 1; i < count - 1; i++)
                if (merges[i] < merges[best]) best = i;
            if (merges[best] == NoMerge) break;
            symbols[best] = (int)(merges[best] & uint.MaxValue);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            if (best + 2 < count) merges[(best + 2)..count].CopyTo(merges[(best + 1)..]);
            count--;
            if (best > 0) merges[best - 1] = MergeOf(symbols[best - 1], symbols[best]);
            if (best + 1 < count) merges[best] = MergeOf(symbols[best], symbols[best + 1]);
        }
        return count;
    }

    /// <summary>The same result in O(n log n): a queue of candidate merges over a linked list of symbols.</summary>
    private int MergeQueued(Span<int> symbols)
    {
        var count = symbols.Length;
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<(int Left, int Right, int LeftId, int RightId), (int Rank, int Position)>();
        for (var i = 0; i < count; i++) (previous[i], next[i]) = (i - 1, i + 1);
        for (var i = 0; i + 1 < count; i++) Offer(symbols, i, i + 1, queue);
        while (queue.TryDequeue(out var pair, out _))
        {
            var (left, right, leftId, rightId) = pair;
            // A candidate is stale once either side has merged: merged-away symbols hold -1, grown ones another id.
            if (symbols[left] != leftId || symbols[right] != rightId || next[left] != right) continue;
            symbols[left] = (int)(MergeOf(leftId, rightId) & uint.MaxValue);
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < count) previous[next[left]] = left;
            if (previous[left] >= 0) Offer(symbols, previous[left], left, queue);
            if (next[left] < count) Offer(symbols, left, next[left], queue);
        }
        var kept = 0;
        for (var i = 0; i < count; i = next[i]) symbols[kept++] = symbols[i];
        return kept;
    }

    private void Offer(Span<int> symbols, int left, int right, PriorityQueue<(int, int, int, int), (int, int)> queue)
    {
        var merge = MergeOf(symbols[left], symbols[right]);
        if (merge != NoMerge) queue.Enqueue((left, right, symbols[left], symbols[right]), ((int)(merge >> 32), left));
    }
}
