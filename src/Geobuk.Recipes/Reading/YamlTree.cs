using System.Text;
using Geobuk.Models;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Geobuk.Recipes.Reading;

/// <summary>
/// Builds the tree from parser events rather than from YamlDotNet's own tree, which stops at the first duplicate key: here
/// every duplicate is reported with the line of the first. Anchors, tags and several documents are refused; a recipe needs none.
/// </summary>
internal sealed class YamlTree
{
    private const int LargestBytes = 1 << 20;
    private const int DeepestLevel = 16;

    private readonly Func<long, string> _place;
    private readonly List<string> _problems;
    private readonly Parser _parser;

    private YamlTree(string text, Func<long, string> place, List<string> problems)
    {
        _place = place;
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a file; a line's place is <c>path:line</c>.</summary>
    public static PlacedNode ReadFile(string path, List<string> problems)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new UserInputException($"{path}: no such file; expected a recipe in YAML. Recipes that ship are in the folder recipes.");
        if (file.Length > LargestBytes)
            throw new UserInputException($"{path}: {file.Length} bytes; expected a recipe of at most {LargestBytes} bytes. Is this the right file?");
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
            return Parse(text.TrimStart('\uFEFF'), line => $"{path}:{line}", problems);
        }
        catch (DecoderFallbackException fault)
        {
            throw new UserInputException($"{path}: bytes that are not UTF-8; expected a text file in UTF-8. Save it as UTF-8.", fault);
        }
    }

    /// <summary>Reads one document; <paramref name="place"/> names a line, counted from 1.</summary>
    public static PlacedNode Parse(string text, Func<long, string> place, List<string> problems)
    {
        try
        {
            return new YamlTree(text, place, problems).Document();
        }
        catch (YamlException fault)
        {
            throw new UserInputException($"{place(Math.Max(1, fault.Start.Line))}: YAML that cannot be read ({fault.Message.Trim()}); "
                + "expected lines like `key: value`. Check the indentation and the quotes.", fault);
        }
    }

    private PlacedNode Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _)) return new PlacedNode(_place(1), new ScalarNode("", false));
        _parser.Consume<DocumentStart>();
        var root = Node(null, 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _problems.Add($"{_place(second.Start.Line)}: a second document starts; expected one recipe per file. Remove the line `---`.");
        return root;
    }

    /// <param name="keyPlace">Place of the key whose value this is; null takes the value's own line.</param>
    /// <param name="level">Levels above.</param>
    private PlacedNode Node(string? keyPlace, int level)
    {
        var next = _parser.Current ?? throw new YamlException("the text ends too early");
        Refuse(next);
        var place = keyPlace ?? _place(next.Start.Line);
        if (level > DeepestLevel) throw new YamlException(next.Start, next.End, $"more than {DeepestLevel} levels");
        if (_parser.TryConsume<Scalar>(out var scalar)) return new PlacedNode(place, new ScalarNode(scalar.Value, scalar.Style != ScalarStyle.Plain));
        if (_parser.TryConsume<SequenceStart>(out _)) return new PlacedNode(place, List(level));
        if (_parser.TryConsume<MappingStart>(out _)) return new PlacedNode(place, Mapping(level));
        throw new YamlException(next.Start, next.End, "neither a value, a list nor a group of keys");
    }

    private ListNode List(int level)
    {
        var items = new List<PlacedNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _)) items.Add(Node(null, level + 1));
        return new ListNode(items);
    }

    private MappingNode Mapping(int level)
    {
        var entries = new Dictionary<string, PlacedNode>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            var value = Node(_place(key.Start.Line), level + 1);
            if (entries.TryGetValue(key.Value, out var first))
                _problems.Add($"{value.Place}: {key.Value} is given twice, first at {first.Place}; expected once. Remove one.");
            else
                entries.Add(key.Value, value);
        }
        return new MappingNode(entries);
    }

    private static void Refuse(ParsingEvent next)
    {
        if (next is AnchorAlias or NodeEvent { Anchor.IsEmpty: false } or NodeEvent { Tag.IsEmpty: false })
            throw new YamlException(next.Start, next.End, "anchors, aliases and tags are not used in recipes");
    }
}
