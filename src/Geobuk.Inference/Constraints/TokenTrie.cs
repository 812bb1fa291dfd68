using System.Runtime.CompilerServices;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Constraints;

/// <summary>The bytes of all tokens as one tree in depth-first order, so that tokens that begin alike are checked together.</summary>
internal sealed class TokenTrie
{
    private static readonly ConditionalWeakTable<Tokenizer, TokenTrie> s_tries = [];
    private readonly List<Node> _nodes = [];

    private TokenTrie(Tokenizer tokenizer)
    {
        VocabularySize = tokenizer.VocabularySize;
        Bytes = new byte[VocabularySize][];
        for (var id = 0; id < VocabularySize; id++) Bytes[id] = tokenizer.IsSpecial(id) ? [] : tokenizer.DecodeBytes(id);
        var order = Enumerable.Range(0, VocabularySize).Where(id => Bytes[id].Length > 0).ToArray();
        Array.Sort(order, (a, b) => Bytes[a].AsSpan().SequenceCompareTo(Bytes[b]));
        var path = new List<int>();
        byte[] before = [];
        foreach (var id in order)
        {
            var shared = before.AsSpan().CommonPrefixLength(Bytes[id]);
            while (path.Count > shared)
            {
                Close(path[^1]);
                path.RemoveAt(path.Count - 1);
            }
            for (var i = shared; i < Bytes[id].Length; i++)
            {
                path.Add(_nodes.Count);
                _nodes.Add(new Node { Byte = Bytes[id][i], Depth = i, Token = -1 });
            }
            // Tokens of the same bytes get a node each, of which only the last is in the path.
            if (_nodes[path[^1]].Token >= 0) Twins[id] = _nodes[path[^1]].Token;
            else _nodes[path[^1]] = _nodes[path[^1]] with { Token = id };
            before = Bytes[id];
        }
        foreach (var open in path) Close(open);
        LongestToken = Bytes.Max(bytes => bytes.Length);
    }

    /// <summary>Tokens of the tokenizer.</summary>
    public int VocabularySize { get; }

    /// <summary>The bytes of every token; none for special ones.</summary>
    public byte[][] Bytes { get; }

    /// <summary>Bytes of the longest.</summary>
    public int LongestToken { get; }

    /// <summary>Tokens whose bytes another token has too, by that other's id.</summary>
    public Dictionary<int, int> Twins { get; } = [];

    /// <summary>The tree in depth-first order.</summary>
    public ReadOnlySpan<Node> Nodes => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_nodes);

    /// <summary>The tree of a tokenizer, made once.</summary>
    public static TokenTrie Of(Tokenizer tokenizer) => s_tries.GetValue(tokenizer, made => new TokenTrie(made));

    private void Close(int node) => _nodes[node] = _nodes[node] with { End = _nodes.Count };

    /// <summary>A byte after its parent's; the token that ends here, or -1; the first node that is not below it.</summary>
    internal readonly record struct Node
    {
        public byte Byte { get; init; }
        public int Depth { get; init; }
        public int Token { get; init; }
        public int End { get; init; }
    }
}
