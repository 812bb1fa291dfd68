using System.Text.Json;
using System.Xml;
using Geobuk.Corpus.Sources.Containers;

namespace Geobuk.Corpus.Sources.Law;

/// <summary>Turns the XML and JSON of law.go.kr into nodes.</summary>
internal static class LawFormats
{
    private const int JsonDepth = 64;

    /// <summary>Reads the rest of the element that <paramref name="reader"/> stands at.</summary>
    public static LawNode FromXml(XmlReader reader, string path)
    {
        var root = new LawNode(reader.LocalName);
        Attributes(reader, root);
        var open = new Stack<LawNode>([root]);
        if (reader.IsEmptyElement) return root;
        while (open.Count > 0 && SafeXml.Next(reader, path))
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    var node = new LawNode(reader.LocalName);
                    open.Peek().Children.Add(node);
                    Attributes(reader, node);
                    if (!reader.IsEmptyElement) open.Push(node);
                    break;
                case XmlNodeType.EndElement:
                    open.Pop();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    open.Peek().Text.Append(reader.Value);
                    break;
            }
        }
        return root;
    }

    /// <summary>Reads a JSON answer; null where it is not one object with one object in it.</summary>
    public static LawNode? FromJson(byte[] bytes, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(bytes is [0xEF, 0xBB, 0xBF, ..] ? 3 : 0), new JsonDocumentOptions { MaxDepth = JsonDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object) return null;
            foreach (var property in json.RootElement.EnumerateObject())
                if (property.Value.ValueKind == JsonValueKind.Object) return Node(property.Name, property.Value);
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var reason = e.Message.Contains("depth", StringComparison.Ordinal) ? RefusalReason.TooDeep : RefusalReason.Damaged;
            throw new RefusedDocumentException(reason, $"{path}: {e.Message.TrimEnd('.')}; expected JSON as law.go.kr answers. Fetch it again.", e);
        }
    }

    private static void Attributes(XmlReader reader, LawNode node)
    {
        while (reader.MoveToNextAttribute())
        {
            var attribute = new LawNode("@" + reader.LocalName);
            attribute.Text.Append(reader.Value);
            node.Children.Add(attribute);
        }
        reader.MoveToElement();
    }

    private static LawNode Node(string name, JsonElement value)
    {
        var node = new LawNode(name);
        Fill(node, value);
        return node;
    }

    private static void Fill(LawNode node, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) Add(node, property.Name, property.Value);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Fill(node, item);
                break;
            case JsonValueKind.String or JsonValueKind.Number:
                if (node.Text.Length > 0) node.Text.Append('\n');
                node.Text.Append(value.ToString());
                break;
        }
    }

    // A list of objects is the object many times; a list of texts, however nested, is one text.
    private static void Add(LawNode parent, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object))
            foreach (var item in value.EnumerateArray()) parent.Children.Add(Node(name, item));
        else parent.Children.Add(Node(name, value));
    }
}
