using System.Text;
using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>Tokens that another server says it used.</summary>
internal sealed record UpstreamUsage(int Prompt, int Cached, int Generated)
{
    private const string Name = "\"usage\"";
    private const int Most = 1 << 29;
    private static readonly string[] s_prompt = ["prompt_tokens", "input_tokens"], s_generated = ["completion_tokens", "output_tokens"], s_details = ["prompt_tokens_details", "input_tokens_details"];

    /// <summary>Reads a usage object of completions or of responses; null where it is none.</summary>
    public static UpstreamUsage? Read(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object) return null;
        var prompt = Number(usage, s_prompt);
        var cached = s_details.Max(name => usage.TryGetProperty(name, out var details) && details.ValueKind == JsonValueKind.Object ? Number(details, ["cached_tokens"]) : 0);
        return new UpstreamUsage(prompt, Math.Min(cached, prompt), Number(usage, s_generated));
    }

    /// <summary>The last one that stands in a text, whole.</summary>
    public static UpstreamUsage? Last(string text)
    {
        // A stream says null until its last piece; text of the answer has its quotes escaped.
        for (var at = text.LastIndexOf(Name, StringComparison.Ordinal); at > 0; at = text.LastIndexOf(Name, at - 1, StringComparison.Ordinal))
        {
            var after = text.AsSpan(at + Name.Length).TrimStart();
            if (after is [':', ..] && Parse(after[1..].ToString()) is { } usage) return Read(usage);
        }
        return null;
    }

    /// <summary>The object that a text begins with; null where it begins with none, or what the other server sent is not JSON.</summary>
    private static JsonElement? Parse(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), isFinalBlock: false, default);
        try
        {
            return JsonElement.TryParseValue(ref reader, out var value) && value is { ValueKind: JsonValueKind.Object } ? value : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static int Number(JsonElement usage, string[] names)
    {
        foreach (var name in names)
            if (usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return Math.Clamp(number, 0, Most);
        return 0;
    }
}
