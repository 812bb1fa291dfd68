using System.Runtime.InteropServices;
using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// The words of a corpus as token ids, with the count of every adjacent pair kept up to date under merges:
/// a merge visits only the words that hold its pair.
/// </summary>
internal sealed class PairCounts
{
    // A pair seen once teaches nothing.
    private const long FewestOccurrences = 2;

    private readonly int[] _symbols;
    private readonly int[] _starts;
    private readonly int[] _lengths;
    private readonly long[] _counts;
    private readonly Dictionary<long, Pair> _pairs = [];
    private readonly PriorityQueue<long, (long NegativeCount, long Pair)> _queue = new();
    private readonly HashSet<long> _grown = [];

    private sealed class Pair
    {
        public long Count;
        public readonly List<int> Words = [];
    }

    /// <summary>Starts with one token per byte.</summary>
    public PairCounts(IReadOnlyCollection<KeyValuePair<string, long>> words, int firstByteId)
    {
        _symbols = new int[words.Sum(word => (long)Encoding.UTF8.GetByteCount(word.Key))];
        (_starts, _lengths, _counts) = (new int[words.Count], new int[words.Count], new long[words.Count]);
        var (index, next) = (0, 0);
        foreach (var (word, count) in words)
        {
            (_starts[index], _counts[index]) = (next, count);
            foreach (var value in Encoding.UTF8.GetBytes(word)) _symbols[next++] = firstByteId + value;
            _lengths[index] = next - _starts[index];
            CountWord(index++);
        }
        foreach (var (key, pair) in _pairs) _queue.Enqueue(key, (-pair.Count, key));
    }

    /// <summary>The most frequent pair, of equals the one of smaller ids; null when none occurs often enough.</summary>
    public (int Left, int Right)? Best()
    {
        while (_queue.TryDequeue(out var key, out var priority))
        {
            if (!_pairs.TryGetValue(key, out var pair) || pair.Count < FewestOccurrences) continue;
            if (pair.Count == -priority.NegativeCount) return ((int)(key >> 32), (int)(key & uint.MaxValue));
            // The count changed since the pair was queued; queue it where it belongs now.
            _queue.Enqueue(key, (-pair.Count, key));
        }
        return null;
    }

    /// <summary>Merges a pair everywhere.</summary>
    public void Merge(int left, int right, int id)
    {
        if (!_pairs.Remove(BytePairModel.Pack(left, right), out var pair)) return;
        _grown.Clear();
        foreach (var word in CollectionsMarshal.AsSpan(pair.Words)) MergeInWord(word, left, right, id);
        foreach (var grown in _grown) _queue.Enqueue(grown, (-_pairs[grown].Count, grown));
    }

    private void CountWord(int word)
    {
        var symbols = _symbols.AsSpan(_starts[word], _lengths[word]);
        for (var i = 0; i + 1 < symbols.Length; i++) Change(symbols[i], symbols[i + 1], _counts[word], word);
    }

    private void MergeInWord(int word, int left, int right, int id)
    {
        var symbols = _symbols.AsSpan(_starts[word], _lengths[word]);
        var count = _counts[word];
        var kept = 0;
        for (var i = 0; i < symbols.Length; i++)
        {
            if (symbols[i] != left || i + 1 == symbols.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > 0) Replace(symbols[kept - 1], left, symbols[kept - 1], id, count, word);
            if (i + 2 < symbols.Length) Replace(right, symbols[i + 2], id, symbols[i + 2], count, word);
            symbols[kept++] = id;
            i++;
        }
        _lengths[word] = kept;
    }

    private void Replace(int oldLeft, int oldRight, int newLeft, int newRight, long count, int word)
    {
        if (_pairs.TryGetValue(BytePairModel.Pack(oldLeft, oldRight), out var old)) old.Count -= count;
        _grown.Add(Change(newLeft, newRight, count, word));
    }

    private long Change(int left, int right, long count, int word)
    {
        var key = BytePairModel.Pack(left, right);
        ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        pair ??= new Pair();
        pair.Count += count;
        if (pair.Words.Count == 0 || pair.Words[^1] != word) pair.Words.Add(word);
        return key;
    }
}
