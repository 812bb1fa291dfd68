namespace Geobuk.Inference.Batching;

/// <summary>A full block of the cache that follows its parent's; the root has none.</summary>
internal sealed class PrefixNode(PrefixNode? parent, int[] tokens, KvBlock? block)
{
    public PrefixNode? Parent => parent;

    /// <summary>The tokens whose keys and values the block holds.</summary>
    public int[] Tokens => tokens;

    public KvBlock? Block => block;

    /// <summary>What follows, by first token; several may begin alike.</summary>
    public Dictionary<int, List<PrefixNode>> Children { get; } = [];

    /// <summary>Place in the order of use.</summary>
    public LinkedListNode<PrefixNode>? Use { get; set; }
}
