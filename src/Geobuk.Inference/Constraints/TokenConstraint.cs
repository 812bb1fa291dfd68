using System.Text.Json;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// What an answer must look like, as sets of allowed tokens. An automaton over bytes is made deterministic state by state when a
/// state is first met, and each state's tokens are found once by walking the tree of all tokens; after that a token costs a look-up.
/// No input makes it backtrack. Many sequences share one.
/// </summary>
public sealed class TokenConstraint
{
    private const int MostStates = 4000;
    private readonly ByteAutomaton _automaton;
    private readonly TokenTrie _trie;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<DfaState> _states = [];

    private TokenConstraint(ByteAutomaton automaton, Tokenizer tokenizer)
    {
        (_automaton, _trie) = (automaton, TokenTrie.Of(tokenizer));
        // Zero is where nothing leads on.
        _states.Add(new DfaState([], false));
        Start = StateOf(automaton.Closure([automaton.Start]));
    }

    /// <summary>State before the first token.</summary>
    internal int Start { get; }

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

    /// <summary>Sets every logit to minus infinity whose token cannot come next; stop tokens may where the answer may end.</summary>
    internal void Apply(int state, Span<float> logits, IReadOnlySet<int> stops)
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
            else
                for (var i = 0; i < span.Length; i++)
                    if ((bits >> i & 1) == 0) span[i] = float.NegativeInfinity;
        }
        foreach (var (id, logit) in kept) logits[id] = logit;
    }

    /// <summary>Whether the answer is whole and nothing can follow.</summary>
    internal bool IsComplete(int state)
    {
        var (mask, accepting) = Allowed(state);
        return accepting && mask.AsSpan().IndexOfAnyExcept(0UL) < 0;
    }

    /// <summary>The state after a token.</summary>
    internal int Advance(int state, int token)
    {
        if (token >= _trie.VocabularySize) return state;
        lock (_lock)
        {
            foreach (var value in _trie.Bytes[token]) state = Next(state, value);
            return state;
        }
    }

    private static TokenConstraint Make(Tokenizer tokenizer, string place, Func<ByteAutomaton, int, int> build)
    {
        var automaton = new ByteAutomaton(place);
        automaton.Start = build(automaton, automaton.Accept());
        return new TokenConstraint(automaton, tokenizer);
    }

    private (ulong[] Mask, bool Accepting) Allowed(int state)
    {
        lock (_lock)
        {
            var found = _states[state];
            found.Mask ??= Walk(state);
            return (found.Mask, found.IsAccepting);
        }
    }

    /// <summary>Which tokens can be read from a state: one pass over the tree that skips what a dead byte begins.</summary>
    private ulong[] Walk(int state)
    {
        var mask = new ulong[(_trie.VocabularySize + 63) / 64];
        var nodes = _trie.Nodes;
        var path = new int[64];
        for (var i = 0; i < nodes.Length;)
        {
            var node = nodes[i];
            if (node.Depth + 1 >= path.Length) Array.Resize(ref path, 2 * path.Length);
            var next = path[node.Depth + 1] = Next(node.Depth == 0 ? state : path[node.Depth], node.Byte);
            if (next == 0)
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

    private int Next(int state, byte value)
    {
        var known = _states[state].Next;
        if (state == 0) return 0;
        if (known[value] is not 0 and var next) return next - 1;
        var target = StateOf(_automaton.Step(_states[state].Positions, value));
        known[value] = target + 1;
        return target;
    }

    private int StateOf(int[] positions)
    {
        if (positions.Length == 0) return 0;
        var key = string.Create(2 * positions.Length, positions, static (span, from) =>
        {
            for (var i = 0; i < from.Length; i++) (span[2 * i], span[2 * i + 1]) = ((char)(from[i] & 0xFFFF), (char)(from[i] >> 16));
        });
        if (_ids.TryGetValue(key, out var id)) return id;
        if (_states.Count >= MostStates) throw new UserInputException($"the constraint: more than {MostStates} states while generating; expected a simpler expression or schema. Make its parts easier to tell apart.");
        _ids[key] = _states.Count;
        _states.Add(new DfaState(positions, _automaton.IsAccepting(positions)));
        return _states.Count - 1;
    }

    private sealed class DfaState(int[] positions, bool isAccepting)
    {
        public int[] Positions => positions;
        public bool IsAccepting => isAccepting;
        /// <summary>State after each byte plus one; 0 where it is not known yet.</summary>
        public int[] Next { get; } = new int[256];
        public ulong[]? Mask { get; set; }
    }
}
