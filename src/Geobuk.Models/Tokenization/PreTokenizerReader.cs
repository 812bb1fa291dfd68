using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Reads the pre_tokenizer of a tokenizer.json: ByteLevel, alone or at the end of a Sequence, with Split, Digits, Punctuation,
/// Whitespace, WhitespaceSplit, BertPreTokenizer and CharDelimiterSplit before it.
/// </summary>
internal sealed class PreTokenizerReader(string place)
{
    // Published tokenizers have at most five stages and patterns of some hundred characters.
    private const int MostStages = 32;
    private const int LongestPattern = 1 << 14;

    /// <summary>ByteLevel, the first stage, asked for a space before the text.</summary>
    public bool AddPrefixSpace { get; private set; }

    /// <summary>ByteLevel, not the first stage, asked for a space before every word; how the words are split after that.</summary>
    public ISplitter? SpacedSplitter { get; private set; }

    /// <summary>The splitter that the node describes.</summary>
    /// <exception cref="UserInputException">The node asks for something else.</exception>
    public ISplitter Read(JsonNode? node)
    {
        var stages = Flatten(node).Take(MostStages + 1).ToList();
        if (stages.Count > MostStages) throw new UserInputException($"{place}: pre_tokenizer has more than {MostStages} stages; expected fewer. This tokenizer is not supported.");
        if (stages.Count == 0 || Type(stages[^1]) != "ByteLevel") throw Problem(node, "ByteLevel, alone or last in a Sequence");
        var splitters = new List<ISplitter>();
        for (var i = 0; i < stages.Count; i++)
        {
            var splitter = i == stages.Count - 1 ? ByteLevel(stages[i], first: i == 0) : Stage(stages[i]);
            if (splitter is not WholeText) splitters.Add(splitter);
        }
        return splitters.Count switch { 0 => new WholeText(), 1 => splitters[0], _ => new SequenceSplitter(splitters) };
    }

    /// <summary>The hand-written splitter for a known pattern, or one that runs the pattern.</summary>
    public static ISplitter FromPattern(string pattern, SplitBehavior behavior, bool invert, string place) => pattern switch
    {
        // The known patterns match everything, so that it makes no difference which of these keeps the matches.
        Gpt2Splitter.Pattern when KeepsMatches(behavior, invert) => new Gpt2Splitter(),
        TiktokenSplitter.Llama3Pattern when KeepsMatches(behavior, invert) => new TiktokenSplitter(3),
        TiktokenSplitter.Qwen2Pattern when KeepsMatches(behavior, invert) => new TiktokenSplitter(1),
        _ => new RegexSplitter(pattern, behavior, invert, place),
    };

    private static bool KeepsMatches(SplitBehavior behavior, bool invert) => behavior == SplitBehavior.Isolated || behavior == SplitBehavior.Removed && invert;

    private static IEnumerable<JsonObject> Flatten(JsonNode? node)
    {
        if (node is not JsonObject stage) return [];
        return Type(stage) == "Sequence" ? (stage["pretokenizers"] as JsonArray ?? []).SelectMany(Flatten) : [stage];
    }

    private ISplitter Stage(JsonObject node) => Type(node) switch
    {
        "Split" => Split(node),
        "Digits" => CharacterSplitter.Digits(Flag(node, "individual_digits", false)),
        "Punctuation" => CharacterSplitter.Punctuation(Behavior(node, SplitBehavior.Isolated)),
        "WhitespaceSplit" => CharacterSplitter.Whitespace(),
        // Word characters of the library's other engine for regular expressions, which counts the joiners in.
        "Whitespace" => new RegexSplitter(@"[\w\u200C\u200D]+|[^\w\s\u200C\u200D]+", SplitBehavior.Removed, invert: true, place),
        "BertPreTokenizer" => new SequenceSplitter([CharacterSplitter.Whitespace(), CharacterSplitter.Punctuation(SplitBehavior.Isolated)]),
        "CharDelimiterSplit" when node["delimiter"].AsText() is { Length: > 0 } text && char.ConvertToUtf32(text, 0) is var point && text.Length == char.ConvertFromUtf32(point).Length => CharacterSplitter.At(point),
        _ => throw Problem(node, "Split, Digits, Punctuation, Whitespace, WhitespaceSplit, BertPreTokenizer or CharDelimiterSplit, and ByteLevel last"),
    };

    private ISplitter ByteLevel(JsonObject node, bool first)
    {
        ISplitter splitter = Flag(node, "use_regex", true) ? new Gpt2Splitter() : new WholeText();
        var spaced = Flag(node, "add_prefix_space", true);
        AddPrefixSpace = spaced && first;
        if (!spaced || first) return splitter;
        SpacedSplitter = splitter;
        return new WholeText();
    }

    private ISplitter Split(JsonObject node)
    {
        var pattern = node["pattern"].Member("Regex").AsText() ?? (node["pattern"].Member("String").AsText() is { } text ? OnigurumaPattern.Quote(text) : null);
        if (string.IsNullOrEmpty(pattern)) throw Problem(node, "a pattern, either Regex or String");
        if (pattern.Length > LongestPattern) throw new UserInputException($"{place}: a pattern of pre_tokenizer has {pattern.Length} characters; expected at most {LongestPattern}. This tokenizer is not supported.");
        return FromPattern(pattern, Behavior(node, null), Flag(node, "invert", false), place);
    }

    private SplitBehavior Behavior(JsonObject node, SplitBehavior? otherwise) =>
        Enum.TryParse<SplitBehavior>(node["behavior"].AsText(), out var behavior) && Enum.IsDefined(behavior) ? behavior
            : node["behavior"] is null && otherwise is { } usual ? usual
            : throw Problem(node, $"behavior {string.Join(", ", Enum.GetNames<SplitBehavior>())}");

    private static string? Type(JsonObject node) => node["type"].AsText();

    private static bool Flag(JsonObject from, string key, bool otherwise) => from[key]?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => otherwise,
    };

    private UserInputException Problem(JsonNode? node, string expected) =>
        new($"{place}: pre_tokenizer has {JsonFile.Quote(node, "nothing")}; expected {expected}. This tokenizer is not supported.");
}
