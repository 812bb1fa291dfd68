using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>A function that the model may call.</summary>
internal sealed record ToolDefinition(string? Type, ToolFunction? Function);

/// <summary>Its name, what it is for, and the schema of its arguments.</summary>
internal sealed record ToolFunction(string? Name, string? Description, JsonElement? Parameters, bool? Strict);

/// <summary>A call: the arguments are JSON in a string. Index is written in streams only.</summary>
internal sealed record ToolCall(string? Id, string? Type, ToolCallFunction? Function)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }
}

/// <summary>What is called with what.</summary>
internal sealed record ToolCallFunction(string? Name, string? Arguments);
