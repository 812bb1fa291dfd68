using System.Runtime.InteropServices;
using System.Text.Json;

namespace Geobuk.Server.Api;

/// <summary>What an event of another server's stream says, of completions or of responses.</summary>
/// <param name="HasText">A piece of the answer, reasoning and tool calls included.</param>
/// <param name="FinishReason">Why the answer ended.</param>
/// <param name="Usage">Tokens used so far, or in all.</param>
/// <param name="IsUsageOnly">It says that and nothing else.</param>
/// <param name="IsError">The answer failed.</param>
internal sealed record UpstreamEvent(bool HasText, string? FinishReason, UpstreamUsage? Usage, bool IsUsageOnly, bool IsError)
{
    private static readonly string[] s_pieces = ["content", "reasoning_content", "reasoning", "refusal", "tool_calls", "function_call"];

    /// <summary>Reads an event; null where its data is no JSON object, as in a comment or at the end.</summary>
    public static UpstreamEvent? Read(ReadOnlySpan<byte> message)
    {
        if (Data(message) is not { ValueKind: JsonValueKind.Object } data) return null;
        var isError = data.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null;
        if (data.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array)
        {
            var usage = data.TryGetProperty("usage", out var used) ? UpstreamUsage.Read(used) : null;
            var texts = choices.EnumerateArray().Where(choice => choice.ValueKind == JsonValueKind.Object).ToList();
            var reason = texts.Select(choice => Word(choice, "finish_reason")).LastOrDefault(word => word is not null);
            return new UpstreamEvent(texts.Exists(HoldsText), reason, usage, usage is not null && choices.GetArrayLength() == 0, isError);
        }
        return OfResponses(data, isError);
    }

    private static UpstreamEvent OfResponses(JsonElement data, bool isError)
    {
        var hasText = Word(data, "type")?.EndsWith(".delta", StringComparison.Ordinal) is true;
        if (!data.TryGetProperty("response", out var response) || response.ValueKind != JsonValueKind.Object) return new UpstreamEvent(hasText, null, null, false, isError);
        var usage = response.TryGetProperty("usage", out var used) ? UpstreamUsage.Read(used) : null;
        var status = Word(response, "status");
        var reason = status switch { "incomplete" => "length", "completed" => "stop", _ => null };
        return new UpstreamEvent(hasText, reason, usage, false, isError || status == "failed");
    }

    private static bool HoldsText(JsonElement choice) =>
        Holds(choice, "text") || (choice.TryGetProperty("delta", out var delta) && delta.ValueKind == JsonValueKind.Object && s_pieces.Any(name => Holds(delta, name)));

    private static bool Holds(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind switch
    {
        // By its quotes: half of a character, which comes in pieces, is no text to compare.
        JsonValueKind.String => JsonMarshal.GetRawUtf8Value(value).Length > 2,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => true,
        _ => false,
    };

    private static string? Word(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement? Data(ReadOnlySpan<byte> message)
    {
        var start = message.StartsWith("data:"u8) ? 0 : message.IndexOf("\ndata:"u8) + 1;
        if (start == 0 && !message.StartsWith("data:"u8)) return null;
        try
        {
            var reader = new Utf8JsonReader(message[(start + "data:".Length)..]);
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
