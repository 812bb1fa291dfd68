namespace Geobuk.Inference;

/// <summary>
/// The tokens of one step: any mix of prompt chunks and single tokens of any sequences. The arithmetic of a token does not depend
/// on its companions.
/// </summary>
internal sealed class StepBatch(int capacity)
{
    private readonly int[] _tokens = new int[capacity];
    private readonly int[] _positions = new int[capacity];
    private readonly KvCache[] _caches = new KvCache[capacity];
    private readonly bool[] _wantsLogits = new bool[capacity];

    public int Capacity => capacity;
    public int Count { get; private set; }
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Count);
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Count);
    public ReadOnlySpan<KvCache> Caches => _caches.AsSpan(0, Count);
    public ReadOnlySpan<bool> WantsLogits => _wantsLogits.AsSpan(0, Count);

    public void Clear()
    {
        Array.Clear(_caches, 0, Count);
        Count = 0;
    }

    /// <summary>Adds the next tokens of a sequence, one run per sequence; logits are wanted from position <paramref name="firstLogits"/> on.</summary>
    public void Add(KvCache cache, ReadOnlySpan<int> tokens, int firstLogits)
    {
        if (!cache.TryReserve(cache.Length + tokens.Length)) throw new InvalidOperationException("no block was left for a row that is to be computed");
        for (var i = 0; i < tokens.Length; i++)
        {
            var position = cache.Length + i;
            (_tokens[Count], _positions[Count], _caches[Count]) = (tokens[i], position, cache);
            _wantsLogits[Count++] = position >= firstLogits;
        }
    }

    /// <summary>Counts the tokens into their caches, whose keys and values are now complete.</summary>
    public void Commit()
    {
        for (var i = 0; i < Count; i++) _caches[i].Append(_tokens[i]);
    }
}
