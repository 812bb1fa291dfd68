using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference.Chat;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>Reads the messages of a chat request: roles, content as one string or as an array of text parts, calls of tools and what they gave.</summary>
internal static class ChatMessages
{
    private static readonly string[] Harmless = ["refusal", "annotations", "audio", "function_call"];

    /// <summary>The messages as chat templates take them.</summary>
    /// <param name="messages">As the client sent them.</param>
    /// <param name="dialect">How the model is told of calls and their results.</param>
    /// <exception cref="ApiException">No message, an unknown role, or content that is not text.</exception>
    public static JsonArray Read(IReadOnlyList<ChatRequestMessage>? messages, ChatDialect dialect)
    {
        if (messages is not { Count: > 0 })
            throw ApiException.Invalid("messages", "'messages' is missing or empty; expected at least one message.", "invalid_value");
        return new JsonArray([.. messages.Select((message, i) => (JsonNode)Read(message, message?.Place ?? $"messages[{i}]", dialect))]);
    }

    private static JsonObject Read(ChatRequestMessage? message, string place, ChatDialect dialect)
    {
        if (message is null) throw ApiException.Invalid(place, $"'{place}' is null; expected a message.", "invalid_type");
        RefuseOthers(message, place);
        var role = Role(message.Role, place);
        var calls = message.ToolCalls is { Count: > 0 } given ? given.Select((call, i) => Call(call, $"{place}.tool_calls[{i}]")).ToArray() : null;
        if (calls is not null && role != "assistant") throw ApiException.Invalid($"{place}.tool_calls", $"'{place}.tool_calls' stands beside the role '{role}'; expected assistant.", "invalid_value");
        var isEmpty = calls is not null && message.Content is null or { ValueKind: JsonValueKind.Null };
        var content = isEmpty ? "" : Content(message.Content, $"{place}.content");
        var read = dialect.Message(role, content, calls, message.ToolCallId);
        if (message.Name is { } name) read["name"] = name;
        return read;
    }

    /// <summary>Name and arguments; arguments that are JSON become so, since templates write them out.</summary>
    private static JsonObject Call(ToolCall? call, string place)
    {
        if (call?.Function is not { Name: { Length: > 0 } name } function)
            throw ApiException.Invalid(place, $"'{place}' has no function with a name; expected one such as {{\"type\":\"function\",\"function\":{{\"name\":\"f\",\"arguments\":\"{{}}\"}}}}.", "invalid_value");
        try
        {
            return new JsonObject { ["name"] = name, ["arguments"] = JsonNode.Parse(function.Arguments is { Length: > 0 } arguments ? arguments : "{}") };
        }
        catch (JsonException)
        {
            return new JsonObject { ["name"] = name, ["arguments"] = function.Arguments };
        }
    }

    private static string Role(string? role, string place) => role switch
    {
        "system" or "user" or "assistant" or "tool" => role,
        // OpenAI's newer word for the same thing; templates know only the old one.
        "developer" => "system",
        "function" => throw ApiException.Unsupported($"{place}.role", "The role 'function' is not supported. Use tool, which took its place."),
        _ => throw ApiException.Invalid($"{place}.role", $"'{place}.role' is {(role is null ? "missing" : $"'{role}'")}; expected system, user, assistant or tool.", "invalid_value"),
    };

    private static string Content(JsonElement? content, string place) => content switch
    {
        { ValueKind: JsonValueKind.String } text => RequestBody.Text(text, place),
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select((part, i) => Part(part, $"{place}[{i}]"))),
        _ => throw ApiException.Invalid(place, $"'{place}' is {(content is { } other ? RequestBody.Kind(other) : "missing")}; expected a string or an array of text parts.", "invalid_type"),
    };

    private static string Part(JsonElement part, string place)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type))
            throw ApiException.Invalid(place, $"'{place}' is not a content part; expected an object such as {{\"type\":\"text\",\"text\":\"…\"}}.", "invalid_type");
        var kind = RequestBody.Text(type, $"{place}.type");
        if (kind is not ("text" or "input_text" or "output_text")) throw ApiException.Unsupported($"{place}.type", $"A part of type '{kind}' is not supported. This server reads text.");
        return part.TryGetProperty("text", out var text)
            ? RequestBody.Text(text, $"{place}.text")
            : throw ApiException.Invalid($"{place}.text", $"'{place}.text' is missing; expected a string.", "invalid_type");
    }

    private static void RefuseOthers(ChatRequestMessage message, string place)
    {
        foreach (var (name, value) in message.Others ?? [])
        {
            var isEmpty = value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);
            if (!Harmless.Contains(name))
                throw ApiException.Invalid($"{place}.{name}", $"'{place}.{name}' is not a field of a message.", "unknown_parameter");
            if (!isEmpty) throw ApiException.Unsupported($"{place}.{name}", $"'{place}.{name}' is not supported yet. Leave it out.");
        }
    }
}
