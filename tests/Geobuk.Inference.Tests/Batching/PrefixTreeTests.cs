using Geobuk.Inference.Batching;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Batching;

public sealed class PrefixTreeTests
{
    private const int Size = KvLayout.BlockPositions;
    private static readonly KvLayout s_layout = new(1, 1, 4, 4, KeyValueType.F32);

    [Fact]
    public void Evict_TakesTheLeastRecentlyUsedLeafThatNobodyReads()
    {
        using var pool = new BlockPool(s_layout, 8);
        var tree = new PrefixTree(pool);
        var a = Add(tree, pool, tree.Root(""), 1);
        var b = Add(tree, pool, a, 2);
        var c = Add(tree, pool, a, 3);
        using var reader = new KvCache(pool, 1000);
        var tokens = Tokens(1).Concat(Tokens(2)).ToList();
        Assert.Same(b, tree.Extend(reader, tree.Root(""), tokens, tokens.Count));
        Assert.Equal(2 * Size, reader.Length);
        Assert.True(tree.Evict());
        Assert.Equal(2, tree.Count);
        Assert.False(tree.Evict());
        Assert.Equal(2, pool.Used);
        reader.Clear();
        tree.Clear();
        Assert.Equal((0, 0), (tree.Count, pool.Used));
        Assert.Equal(Size, c.Tokens.Length);
    }

    [Fact]
    public void Extend_PartOfABlock_IsCopiedBeforeItIsWritten()
    {
        using var pool = new BlockPool(s_layout, 8);
        var tree = new PrefixTree(pool);
        var node = Add(tree, pool, tree.Root(""), 1);
        using var cache = new KvCache(pool, 1000);
        List<int> tokens = [.. Tokens(1)[..10], 500, 501];
        Assert.Same(tree.Root(""), tree.Extend(cache, tree.Root(""), tokens, 11));
        Assert.Equal(10, cache.Length);
        Assert.Same(node.Block, cache.Block(0));
        Assert.True(cache.TryReserve(12));
        Assert.NotSame(node.Block, cache.Block(0));
        Assert.Equal(1, node.Block!.References);
    }

    [Fact]
    public void Add_SameTokensAgain_KeepsTheFirst()
    {
        using var pool = new BlockPool(s_layout, 8);
        var tree = new PrefixTree(pool);
        Assert.Same(Add(tree, pool, tree.Root(""), 1), Add(tree, pool, tree.Root(""), 1));
        Assert.NotSame(Add(tree, pool, tree.Root("x"), 1), Add(tree, pool, tree.Root(""), 1));
        Assert.Equal(2, pool.Used);
    }

    private static int[] Tokens(int first) => [.. Enumerable.Range(first, Size)];

    private static PrefixNode Add(PrefixTree tree, BlockPool pool, PrefixNode parent, int first)
    {
        var block = pool.TryTake()!;
        var node = tree.Add(parent, Tokens(first), block);
        pool.Release(block);
        return node;
    }
}
