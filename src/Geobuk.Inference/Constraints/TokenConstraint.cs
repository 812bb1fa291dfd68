using System.Runtime.Intrinsics;
using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// What an answer must look like, as sets of allowed tokens. An automaton over bytes is made deterministic node by node when a
/// node is first met, and each node's tokens are found once by walking the tree of all tokens; after that a token costs a look-up.
/// Rounds of a loop that are far from its bounds share a node. No input makes it backtrack. Many sequences share one.
/// </summary>
public sealed class TokenConstraint
{
    // What is known is forgotten beyond these, and found again where it is needed.
    private const int MostNodes = 10_000, MostPositions = 1_000_000;
    // Positions looked at for the tokens of one node; usual are some 100,000.
    private const long MostWork = 50_000_000;
    private readonly ByteAutomaton _automaton;
    private readonly Func<ByteAutomaton, int, int> _build;
    private readonly Tokenizer _tokenizer;
    private readonly TokenTrie _trie;
    private readonly Lock _lock = new();
    private readonly ConstraintNode _dead = new([], false, false);
    private readonly Dictionary<Position[], ConstraintNode> _nodes = new(SamePositions.Instance);
    private readonly Dictionary<string, ulong[]> _masks = new(StringComparer.Ordinal);
    private int _positions;
    private long _work;

    private TokenConstraint(ByteAutomaton automaton, Func<ByteAutomaton, int, int> build, Tokenizer tokenizer)
    {
        (_automaton, _build, _tokenizer, _trie) = (automaton, build, tokenizer, TokenTrie.Of(tokenizer));
        Start = StateOf(automaton.Closure([automaton.Start]));
    }

    /// <summary>State before the first token.</summary>
    internal ConstraintState Start { get; }

    /// <summary>Nodes that were met so far.</summary>
    internal int NodeCount => _nodes.Count;

    /// <summary>An answer that matches a regular expression as a whole.</summary>
    /// <exception cref="UserInputException">A syntax error, something that needs backtracking, or too large.</exception>
    public static TokenConstraint OfRegex(string pattern, Tokenizer tokenizer, string place = "regex") =>
        Make(tokenizer, place, (automaton, end) => RegexConstraint.Build(automaton, pattern, place, end));

    /// <summary>An answer that is JSON and fits a schema.</summary>
    /// <exception cref="UserInputException">A keyword that cannot be honoured, or too large.</exception>
    public static TokenConstraint OfJsonSchema(JsonElement schema, Tokenizer tokenizer, string place = "schema") =>
        Make(tokenizer, place, (automaton, end) => JsonSchemaConstraint.Build(automaton, schema, place, end));

    /// <summary>An answer that is any JSON object.</summary>
    public static TokenConstraint OfJsonObject(Tokenizer tokenizer) =>
        Make(tokenizer, "json", JsonSchemaConstraint.BuildObject);

    /// <summary>An answer of the form before + JSON that fits one of the schemas + after, each with its own before.</summary>
    /// <exception cref="UserInputException">As for <see cref="OfJsonSchema"/>.</exception>
    public static TokenConstraint OfFramedSchemas(IReadOnlyList<(string Before, JsonElement Schema)> choices, string after, Tokenizer tokenizer, string place) =>
        Make(tokenizer, place, (automaton, end) =>
        {
            var close = automaton.Text(after, end);
            return automaton.Either([.. choices.Select(choice => automaton.Text(choice.Before, JsonSchemaConstraint.Build(automaton, choice.Schema, place, close)))]);
        });

    /// <summary>An answer of either form, both of the same tokenizer.</summary>
    /// <exception cref="UserInputException">Too large together.</exception>
    public static TokenConstraint Either(TokenConstraint one, TokenConstraint other, string place) =>
        Make(one._tokenizer, place, (automaton, end) => automaton.Either(one._build(automaton, end), other._build(automaton, end)));

    /// <summary>Sets every logit to minus infinity whose token cannot come next; stop tokens may where the answer may end.</summary>
    internal void Apply(ConstraintState state, Span<float> logits, IReadOnlySet<int> stops)
    {
        var (mask, accepting) = Allowed(state);
        var ends = accepting || mask.AsSpan().IndexOfAnyExcept(0UL) < 0;
        var kept = new List<(int Id, float Logit)>();
        if (ends)
            foreach (var id in stops)
                if (id < logits.Length) kept.Add((id, logits[id]));
        for (var word = 0; word * 64 < logits.Length; word++)
        {
            var bits = word < mask.Length ? mask[word] : 0;
            if (bits == ulong.MaxValue) continue;
            var span = logits.Slice(word * 64, Math.Min(64, logits.Length - word * 64));
            if (bits == 0) span.Fill(float.NegativeInfinity);
            else Forbid(span, bits);
        }
        foreach (var (id, logit) in kept) logits[id] = logit;
    }

    /// <summary>Sets minus infinity where a bit is not set, eight at a time.</summary>
    private static void Forbid(Span<float> span, ulong bits)
    {
        var lanes = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        var i = 0;
        for (; i + Vector256<float>.Count <= span.Length; i += Vector256<float>.Count)
        {
            var kept = Vector256.Equals(Vector256.Create((int)(bits >> i & 0xFF)) & lanes, lanes).AsSingle();
            Vector256.ConditionalSelect(kept, Vector256.Create<float>(span[i..]), Vector256.Create(float.NegativeInfinity)).CopyTo(span[i..]);
        }
        for (; i < span.Length; i++)
            if ((bits >> i & 1) == 0) span[i] = float.NegativeInfinity;
    }

    /// <summary>Whether the answer is whole and nothing can follow.</summary>
    internal bool IsComplete(ConstraintState state)
    {
        var (mask, accepting) = Allowed(state);
        return accepting && mask.AsSpan().IndexOfAnyExcept(0UL) < 0;
    }

    /// <summary>The state after a token.</summary>
    internal ConstraintState Advance(ConstraintState state, int token)
    {
        if (token >= _trie.VocabularySize || _trie.Bytes[token].Length == 0) return state;
        lock (_lock)
        {
            var (positions, node) = (state.Positions, state.Node);
            _work = 0;
            foreach (var value in _trie.Bytes[token])
            {
                // Outside of counted loops nodes are the positions themselves; inside, counts are kept that nodes forget.
                if (!node.IsCounted && Next(node, value) is { IsCounted: false } next)
                {
                    (positions, node) = (next.Positions, next);
                    continue;
                }
                positions = _automaton.Step(positions, value);
                node = NodeOf(positions);
            }
            return new ConstraintState(positions, node);
        }
    }

    private static TokenConstraint Make(Tokenizer tokenizer, string place, Func<ByteAutomaton, int, int> build)
    {
        var automaton = new ByteAutomaton(place);
        try
        {
            automaton.Start = build(automaton, automaton.Accept());
        }
        catch (InvalidOperationException e)
        {
            throw new UserInputException($"{place}: a keyword's value is of another kind than a JSON schema has there; expected texts, numbers, lists and objects where they belong. Correct the schema.", e);
        }
        return automaton.HasSentence
            ? new TokenConstraint(automaton, build, tokenizer)
            : throw new UserInputException($"{place}: no answer fits; expected a form that some text has, and not one that only leads back to itself. Correct it.");
    }

    private (ulong[] Mask, bool Accepting) Allowed(ConstraintState state)
    {
        lock (_lock)
        {
            var node = state.Node;
            node.Mask ??= Shared(Walk(node));
            return (node.Mask, node.IsAccepting);
        }
    }

    /// <summary>Which tokens can be read from a node: one pass over the tree that skips what a dead byte begins.</summary>
    private ulong[] Walk(ConstraintNode start)
    {
        _work = 0;
        var mask = new ulong[(_trie.VocabularySize + 63) / 64];
        var nodes = _trie.Nodes;
        var path = new ConstraintNode[64];
        for (var i = 0; i < nodes.Length;)
        {
            var node = nodes[i];
            if (node.Depth + 1 >= path.Length) Array.Resize(ref path, 2 * path.Length);
            var next = path[node.Depth + 1] = Next(node.Depth == 0 ? start : path[node.Depth], node.Byte);
            if (next.IsDead)
            {
                i = node.End;
                continue;
            }
            if (node.Token >= 0) mask[node.Token >> 6] |= 1UL << (node.Token & 63);
            i++;
        }
        foreach (var (twin, token) in _trie.Twins) mask[twin >> 6] |= (mask[token >> 6] >> (token & 63) & 1) << (twin & 63);
        return mask;
    }

    /// <summary>One set of tokens for all nodes that have the same.</summary>
    private ulong[] Shared(ulong[] mask)
    {
        var key = new string(System.Runtime.InteropServices.MemoryMarshal.Cast<ulong, char>(mask.AsSpan()));
        return _masks.TryGetValue(key, out var known) ? known : _masks[key] = mask;
    }

    private ConstraintNode Next(ConstraintNode node, byte value) => node.Next[value] ??= node.IsDead ? _dead : NodeOf(Step(node.Positions, value));

    private Position[] Step(Position[] positions, byte value)
    {
        if ((_work += positions.Length) > MostWork)
            throw new UserInputException("the constraint: too much is possible at the same time; expected a simpler expression or schema. Make its parts easier to tell apart.");
        return _automaton.Step(positions, value);
    }

    private ConstraintState StateOf(Position[] positions) => new(positions, NodeOf(positions));

    private ConstraintNode NodeOf(Position[] positions)
    {
        if (positions.Length == 0) return _dead;
        var canonical = _automaton.Canonical(positions, _trie.LongestToken);
        if (_nodes.TryGetValue(canonical, out var node)) return node;
        if (_nodes.Count >= MostNodes || _positions >= MostPositions)
        {
            _nodes.Clear();
            _masks.Clear();
            _positions = 0;
        }
        _positions += canonical.Length;
        return _nodes[canonical] = new ConstraintNode(canonical, _automaton.IsAccepting(canonical), _automaton.IsCounted(canonical));
    }
}
