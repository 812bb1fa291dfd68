using System.Text.Json;
using Geobuk.Models.ChatTemplates;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>Reads the messages of a chat request: roles, and content as one string or as an array of text parts.</summary>
internal static class ChatMessages
{
    private static readonly string[] Harmless = ["refusal", "annotations", "audio", "tool_calls", "function_call"];

    /// <summary>The messages as the chat template takes them.</summary>
    /// <exception cref="ApiException">No message, an unknown role, or content that is not text.</exception>
    public static IReadOnlyList<ChatMessage> Read(IReadOnlyList<ChatRequestMessage>? messages)
    {
        if (messages is not { Count: > 0 })
            throw ApiException.Invalid("messages", "'messages' is missing or empty; expected at least one message.", "invalid_value");
        return [.. messages.Select((message, i) => Read(message, $"messages[{i}]"))];
    }

    private static ChatMessage Read(ChatRequestMessage? message, string place)
    {
        if (message is null) throw ApiException.Invalid(place, $"'{place}' is null; expected a message.", "invalid_type");
        RefuseOthers(message, place);
        return new ChatMessage(Role(message.Role, place), Content(message.Content, $"{place}.content"));
    }

    private static string Role(string? role, string place) => role switch
    {
        "system" or "user" or "assistant" => role,
        // OpenAI's newer word for the same thing; templates know only the old one.
        "developer" => "system",
        "tool" or "function" => throw ApiException.Unsupported($"{place}.role", $"The role '{role}' is not supported yet. Use system, user or assistant."),
        _ => throw ApiException.Invalid($"{place}.role", $"'{place}.role' is {(role is null ? "missing" : $"'{role}'")}; expected system, user or assistant.", "invalid_value"),
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
        if (kind != "text") throw ApiException.Unsupported($"{place}.type", $"A part of type '{kind}' is not supported. This server reads text.");
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
