using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Batching;

/// <summary>
/// Which beginnings of sequences are in the cache: a radix tree over full blocks, one per set of security labels, so that nobody can
/// see or measure what was asked under other labels. Tokens are compared, not hashes. The least recently used leaf goes first.
/// </summary>
internal sealed class PrefixTree(BlockPool pool)
{
    private readonly Dictionary<string, PrefixNode> _roots = new(StringComparer.Ordinal);

    /// <summary>Most recently used first; a node stands before everything below it, so that the last that nobody reads is a leaf.</summary>
    private readonly LinkedList<PrefixNode> _uses = [];

    /// <summary>Blocks held.</summary>
    public int Count => _uses.Count;

    /// <summary>Where sequences with these labels begin.</summary>
    public PrefixNode Root(string labels)
    {
        if (!_roots.TryGetValue(labels, out var root)) _roots[labels] = root = new PrefixNode(null, [], null);
        return root;
    }

    /// <summary>
    /// Extends a cache that ends with the block of <paramref name="node"/> as far as the tree has its next tokens, but at most to
    /// <paramref name="limit"/>; the last block may match in part only. Returns the node of the last whole block.
    /// </summary>
    public PrefixNode Extend(KvCache cache, PrefixNode node, IReadOnlyList<int> tokens, int limit)
    {
        while (cache.Length % KvLayout.BlockPositions == 0 && Longest(node, tokens, cache.Length, limit) is (var next, > 0 and var length))
        {
            cache.Adopt(next!.Block!, next.Tokens.AsSpan(0, length));
            if (length < KvLayout.BlockPositions) break;
            node = next;
        }
        Touch(node);
        return node;
    }

    /// <summary>Records a full block that follows <paramref name="parent"/>; where the tree has one of the same tokens, that one stays.</summary>
    public PrefixNode Add(PrefixNode parent, int[] tokens, KvBlock block)
    {
        if (!parent.Children.TryGetValue(tokens[0], out var siblings)) parent.Children[tokens[0]] = siblings = [];
        var node = siblings.Find(sibling => sibling.Tokens.AsSpan().SequenceEqual(tokens));
        if (node is null)
        {
            pool.Retain(block);
            siblings.Add(node = new PrefixNode(parent, tokens, block));
            node.Use = _uses.AddFirst(node);
        }
        Touch(node);
        return node;
    }

    /// <summary>Frees the least recently used block that no sequence reads; false where there is none.</summary>
    public bool Evict()
    {
        var use = _uses.Last;
        while (use is not null && use.Value.Block!.References > 1) use = use.Previous;
        if (use is null) return false;
        Remove(use.Value);
        return true;
    }

    /// <summary>Blocks that could be freed now.</summary>
    public int Evictable => _uses.Count(node => node.Block!.References == 1);

    /// <summary>Frees everything that no sequence reads.</summary>
    public void Clear()
    {
        while (Evict()) { }
    }

    /// <summary>The child that shares most tokens with the sequence from <paramref name="start"/> on.</summary>
    private static (PrefixNode? Node, int Length) Longest(PrefixNode node, IReadOnlyList<int> tokens, int start, int limit)
    {
        if (start >= limit || !node.Children.TryGetValue(tokens[start], out var children)) return (null, 0);
        var best = (Node: (PrefixNode?)null, Length: 0);
        foreach (var child in children)
        {
            var length = 0;
            while (length < child.Tokens.Length && start + length < limit && child.Tokens[length] == tokens[start + length]) length++;
            if (length > best.Length) best = (child, length);
        }
        return best;
    }

    /// <summary>Moves the node and then each of its ancestors to the front.</summary>
    private void Touch(PrefixNode? node)
    {
        for (; node?.Use is { } use; node = node.Parent)
        {
            _uses.Remove(use);
            _uses.AddFirst(use);
        }
    }

    private void Remove(PrefixNode node)
    {
        var siblings = node.Parent!.Children[node.Tokens[0]];
        siblings.Remove(node);
        if (siblings.Count == 0) node.Parent.Children.Remove(node.Tokens[0]);
        _uses.Remove(node.Use!);
        pool.Release(node.Block!);
    }
}
