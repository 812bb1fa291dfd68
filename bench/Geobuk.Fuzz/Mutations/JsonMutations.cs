using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Fuzz.Mutations;

/// <summary>Damage to JSON that leaves most of it JSON: wrong values, kinds and names, missing and repeated members.</summary>
internal static class JsonMutations
{
    // Stands where the raw text of a value goes, because a tree cannot hold every text.
    private const string Mark = "@@raw@@";

    private static readonly JsonSerializerOptions s_form = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Damages a document in one way; what is no JSON any more stays as it is.</summary>
    public static byte[] Apply(ReadOnlySpan<byte> json, Random random)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json);
            return root is null ? json.ToArray() : Change(root, random);
        }
        // Earlier damage may have left names twice, or halves of characters.
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return json.ToArray();
        }
    }

    private static byte[] Change(JsonNode root, Random random)
    {
        var place = Pick(root, random);
        var raw = random.Of(Extremes.Json);
        if (place.Parent is JsonObject map)
        {
            var name = place.GetPropertyName();
            switch (random.Next(6))
            {
                case 0: map.Remove(name); break;
                case 1: map[Mark] = null; return Raw(root, $"{Quoted(Mark)}:null", $"{Quoted(name)}:{raw}");
                case 2: map[random.Of(Extremes.Json)] = place.DeepClone(); break;
                case 3: map[name] = Pick(root, random).DeepClone(); break;
                default: map[name] = Mark; return Raw(root, Quoted(Mark), raw);
            }
        }
        else if (place.Parent is JsonArray list)
        {
            var index = place.GetElementIndex();
            switch (random.Next(6))
            {
                case 0: list.RemoveAt(index); break;
                case 1: list.Insert(index, place.DeepClone()); break;
                case 2: list[index] = Pick(root, random).DeepClone(); break;
                case 3: list.Add(Pick(root, random).DeepClone()); break;
                default: list[index] = Mark; return Raw(root, Quoted(Mark), raw);
            }
        }
        return Write(root);
    }

    /// <summary>Any node below the root: members of the root often, those of large lists seldom.</summary>
    private static JsonNode Pick(JsonNode root, Random random)
    {
        var node = root;
        while (true)
        {
            List<JsonNode?> children = node switch { JsonObject map => [.. map.Select(entry => entry.Value)], JsonArray list => [.. list], _ => [] };
            children.RemoveAll(child => child is null);
            if (children.Count == 0 || (node != root && random.Next(4) == 0)) return node;
            node = random.Of(children)!;
        }
    }

    private static byte[] Raw(JsonNode root, string mark, string raw) => Encoding.UTF8.GetBytes(root.ToJsonString(s_form).Replace(mark, raw, StringComparison.Ordinal));

    private static string Quoted(string text) => JsonSerializer.Serialize(text, s_form);

    private static byte[] Write(JsonNode root) => Encoding.UTF8.GetBytes(root.ToJsonString(s_form));
}
