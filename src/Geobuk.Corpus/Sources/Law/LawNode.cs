using System.Text;

namespace Geobuk.Corpus.Sources.Law;

/// <summary>An answer of law.go.kr, the same from XML and JSON: named nodes with text and children.</summary>
internal sealed class LawNode(string name)
{
    /// <summary>Element or key.</summary>
    public string Name => name;

    /// <summary>Text straight inside it; list entries and CDATA sections follow one another.</summary>
    public StringBuilder Text { get; } = new();

    /// <summary>What is inside, in order.</summary>
    public List<LawNode> Children { get; } = [];

    /// <summary>Every child of that name; JSON has one object where XML has one element, and a list where it has many.</summary>
    public IEnumerable<LawNode> All(string child) => Children.Where(node => node.Name == child);

    /// <summary>The first child of that name.</summary>
    public LawNode? First(string child) => Children.Find(node => node.Name == child);

    /// <summary>Trimmed text of the first child of that name; null where it is missing or empty.</summary>
    public string? Value(params ReadOnlySpan<string> children)
    {
        foreach (var child in children)
        {
            var node = First(child);
            var text = node?.Text.ToString().Trim();
            if (string.IsNullOrEmpty(text)) text = node?.First("content")?.Text.ToString().Trim();
            if (!string.IsNullOrEmpty(text)) return text;
        }
        return null;
    }

    /// <summary>Lines of the first child of that name that are not blank, right ends trimmed.</summary>
    public IEnumerable<string> Lines(string child) => (First(child)?.Text.ToString() ?? "").Split('\n')
        .Select(line => line.TrimEnd()).Where(line => line.Length > 0);
}
