using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Geobuk.Models;

/// <summary>
/// Reads the JSON files of a downloaded model. What would fail later and elsewhere fails here: a key twice, text that is
/// not Unicode, nesting without end, a file far larger than any model has.
/// </summary>
internal static class JsonFile
{
    private const long MostBytes = 64 << 20;
    private const int LongestQuote = 200;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The object in a file.</summary>
    /// <exception cref="UserInputException">The file cannot be opened, is too large, or is no JSON object.</exception>
    public static JsonObject ReadObject(string path) => ParseObject(ReadBytes(path), path);

    /// <summary>The object in the bytes of a file; <paramref name="place"/> names it in errors.</summary>
    /// <exception cref="UserInputException">They are no JSON object.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> json, string place)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[Encoding.UTF8.Preamble.Length..];
        try
        {
            CheckStrings(json);
            return JsonNode.Parse(json, documentOptions: Strict) as JsonObject ?? throw new JsonException("not an object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new UserInputException($"{place}: not valid JSON ({e.Message}); expected a JSON object. Fetch the file again.", e);
        }
    }

    /// <summary>The text of a small file.</summary>
    /// <exception cref="UserInputException">The file cannot be opened or is too large.</exception>
    public static string ReadText(string path) => Encoding.UTF8.GetString(ReadBytes(path)).TrimStart('\uFEFF');

    /// <summary>The member of an object; null where there is none or the node is no object.</summary>
    public static JsonNode? Member(this JsonNode? node, string name) => (node as JsonObject)?[name];

    /// <summary>The text that a node is, or null.</summary>
    public static string? AsText(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A node as an error shows it: cut short where it is long.</summary>
    public static string Quote(JsonNode? node, string nothing)
    {
        var text = node?.ToJsonString() ?? nothing;
        return text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            var length = Checkpoints.FileSize.Of(path);
            return length <= MostBytes ? File.ReadAllBytes(path) : throw new UserInputException($"{path}: {length} bytes; expected at most {MostBytes}. The file is not what its name says: fetch it again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"{path}: cannot be read ({e.Message}); expected a readable file. Check the path and its permissions.", e);
        }
    }

    // The parser takes strings as they are and would fail only when one is asked for.
    private static void CheckStrings(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json)) throw new JsonException("not UTF-8");
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped) reader.GetString();
    }
}
