using System.Text.Json;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>Reads the input of a response: a text, or items, as the messages of a chat.</summary>
internal static class ResponseInput
{
    /// <summary>The messages; the instructions come first.</summary>
    /// <exception cref="ApiException">No input, or an item of a kind that is not read here.</exception>
    public static List<ChatRequestMessage> Read(ResponsesRequest request)
    {
        var messages = new List<ChatRequestMessage>();
        if (request.Instructions is { Length: > 0 } instructions) messages.Add(new ChatRequestMessage { Role = "system", Content = JsonSerializer.SerializeToElement(instructions, WireJson.Wire.String) });
        switch (request.Input)
        {
            case { ValueKind: JsonValueKind.String } text:
                messages.Add(new ChatRequestMessage { Role = "user", Content = text, Place = "input" });
                break;
            case { ValueKind: JsonValueKind.Array } items when items.GetArrayLength() > 0:
                var index = 0;
                foreach (var item in items.EnumerateArray()) Add(messages, item, $"input[{index++}]");
                break;
            default:
                throw ApiException.Invalid("input", "'input' is missing or empty; expected a text or an array of items.", "invalid_value");
        }
        return messages;
    }

    private static void Add(List<ChatRequestMessage> messages, JsonElement item, string place)
    {
        var type = item.ValueKind == JsonValueKind.Object ? Text(item, "type") ?? "message" : RequestBody.Kind(item);
        switch (type)
        {
            case "message":
                messages.Add(new ChatRequestMessage { Role = Text(item, "role"), Content = item.TryGetProperty("content", out var content) ? content : null, Place = place });
                break;
            case "function_call":
                // The calls of one turn, and what was said before them, are one message.
                var call = new ToolCall(Needed(item, "call_id", place), "function", new ToolCallFunction(Needed(item, "name", place), Text(item, "arguments")));
                if (messages is not [.., { Role: "assistant" }]) messages.Add(new ChatRequestMessage { Role = "assistant", Place = place });
                messages[^1] = messages[^1] with { ToolCalls = [.. messages[^1].ToolCalls ?? [], call] };
                break;
            case "function_call_output":
                if (!item.TryGetProperty("output", out var output) || output.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
                    throw ApiException.Invalid($"{place}.output", $"'{place}.output' is missing or no text; expected a string or an array of text parts.", "invalid_type");
                messages.Add(new ChatRequestMessage { Role = "tool", ToolCallId = Needed(item, "call_id", place), Content = output, Place = place });
                break;
            case "reasoning":
                // Thoughts of another turn: chat templates leave those out, too.
                break;
            default:
                throw ApiException.Unsupported(place, $"'{place}' is {type}; expected message, function_call, function_call_output or reasoning. This server reads text and keeps nothing.");
        }
    }

    private static string Needed(JsonElement item, string name, string place) =>
        Text(item, name) is { Length: > 0 } text ? text : throw ApiException.Invalid($"{place}.{name}", $"'{place}.{name}' is missing or empty; expected a string.", "invalid_value");

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
