using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Geobuk.Models.Tokenization;

/// <summary>Reads the pre_tokenizer of a tokenizer.json: ByteLevel, Split, Digits, and Sequences that end in ByteLevel.</summary>
internal sealed class PreTokenizerReader(string place)
{
    // Published tokenizers have at most five stages and patterns of some hundred characters.
    private const int MostStages = 32;
    private const int LongestPattern = 1 << 14;

    /// <summary>ByteLevel asked for a space before the text.</summary>
    public bool AddPrefixSpace { get; private set; }

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
            var splitter = Type(stages[i]) switch
            {
                "ByteLevel" when i == stages.Count - 1 => ByteLevel(stages[i], first: i == 0),
                "Split" => Split(stages[i]),
                "Digits" => new DigitSplitter(Flag(stages[i], "individual_digits", false)),
                _ => throw Problem(stages[i], "Split, Digits, and ByteLevel last"),
            };
            if (splitter is not WholeText) splitters.Add(splitter);
        }
        return splitters.Count switch { 0 => new WholeText(), 1 => splitters[0], _ => new SequenceSplitter(splitters) };
    }

    /// <summary>The hand-written splitter for a known pattern, or one that runs the pattern.</summary>
    public static ISplitter FromPattern(string pattern, bool keepMatches, bool keepGaps, string place) => pattern switch
    {
        Gpt2Splitter.Pattern when keepMatches => new Gpt2Splitter(),
        TiktokenSplitter.Llama3Pattern when keepMatches => new TiktokenSplitter(3),
        TiktokenSplitter.Qwen2Pattern when keepMatches => new TiktokenSplitter(1),
        _ => new RegexSplitter(pattern, keepMatches, keepGaps, place),
    };

    private static IEnumerable<JsonObject> Flatten(JsonNode? node)
    {
        if (node is not JsonObject stage) return [];
        return Type(stage) == "Sequence" ? (stage["pretokenizers"] as JsonArray ?? []).SelectMany(Flatten) : [stage];
    }

    private ISplitter ByteLevel(JsonObject node, bool first)
    {
        AddPrefixSpace = Flag(node, "add_prefix_space", true);
        if (AddPrefixSpace && !first) throw Problem(node, "add_prefix_space false after another pre-tokenizer");
        return Flag(node, "use_regex", true) ? new Gpt2Splitter() : new WholeText();
    }

    private ISplitter Split(JsonObject node)
    {
        var pattern = node["pattern"].Member("Regex").AsText() ?? (node["pattern"].Member("String").AsText() is { } text ? Regex.Escape(text) : null);
        if (pattern is null) throw Problem(node, "a pattern, either Regex or String");
        if (pattern.Length > LongestPattern) throw new UserInputException($"{place}: a pattern of pre_tokenizer has {pattern.Length} characters; expected at most {LongestPattern}. This tokenizer is not supported.");
        var invert = Flag(node, "invert", false);
        return node["behavior"].AsText() switch
        {
            "Isolated" => FromPattern(pattern, keepMatches: true, keepGaps: true, place),
            "Removed" => FromPattern(pattern, keepMatches: invert, keepGaps: !invert, place),
            _ => throw Problem(node, "behavior Isolated or Removed"),
        };
    }

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
