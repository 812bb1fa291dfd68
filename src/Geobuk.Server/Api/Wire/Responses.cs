using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>Body of POST /v1/responses. The input is a string, or items.</summary>
internal sealed record ResponsesRequest : GenerationRequest
{
    public JsonElement? Input { get; init; }
    public string? Instructions { get; init; }
    public int? MaxOutputTokens { get; init; }
    public JsonElement? Text { get; init; }
    public string? PreviousResponseId { get; init; }
    public IReadOnlyList<ResponseTool?>? Tools { get; init; }

    /// <summary>none, auto, required, or an object that names a function or the allowed ones.</summary>
    public JsonElement? ToolChoice { get; init; }
    public bool? ParallelToolCalls { get; init; }
    public JsonElement? Reasoning { get; init; }
    public IReadOnlyList<string>? Include { get; init; }

    /// <summary>What becomes of a conversation that is too long: auto or disabled.</summary>
    public string? Truncation { get; init; }
}

/// <summary>A function that the model may call, in the flat form of responses.</summary>
internal sealed record ResponseTool(string? Type, string? Name, string? Description, JsonElement? Parameters, bool? Strict)
{
    /// <summary>The same as chat has it.</summary>
    [JsonIgnore]
    public ToolDefinition AsDefinition => new(Type, new ToolFunction(Name, Description, Parameters, Strict));
}

/// <summary>A response: whole, or as far as it is.</summary>
internal sealed record ResponseBody(string Id, string Object, long CreatedAt, string Status, string Model, IReadOnlyList<ResponseItem> Output)
{
    /// <summary>The tool_choice of who makes none.</summary>
    public static JsonElement Auto { get; } = JsonSerializer.SerializeToElement("auto", WireJson.Wire.String);

    public string? Error { get; init; }
    public ResponseIncomplete? IncompleteDetails { get; init; }
    public string? Instructions { get; init; }
    public bool ParallelToolCalls { get; init; } = true;
    public JsonElement ToolChoice { get; init; } = Auto;
    public IReadOnlyList<ResponseTool?> Tools { get; init; } = [];
    public string Truncation { get; init; } = "disabled";
    public bool Store { get; init; }
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseUsage? Usage { get; init; }
}

/// <summary>Why a response is not whole.</summary>
internal sealed record ResponseIncomplete(string Reason);

/// <summary>An item of a response: a message has role and content, a function_call the rest.</summary>
internal sealed record ResponseItem(string Id, string Type, string Status)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ResponseContent>? Content { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CallId { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }
}

/// <summary>The text of a message.</summary>
internal sealed record ResponseContent(string Type, string Text)
{
    public IReadOnlyList<string> Annotations { get; init; } = [];
}

/// <summary>Tokens under the names of this API.</summary>
internal sealed record ResponseUsage(int InputTokens, PromptTokensDetails InputTokensDetails, int OutputTokens, ResponseOutputDetails OutputTokensDetails, int TotalTokens);

/// <summary>No model here thinks in secret.</summary>
internal sealed record ResponseOutputDetails(int ReasoningTokens);

/// <summary>An event of a streamed response; each kind has some of the fields.</summary>
internal sealed record ResponseEvent(string Type, int SequenceNumber)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseBody? Response { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ItemId { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OutputIndex { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ContentIndex { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseItem? Item { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseContent? Part { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Delta { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Text { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }
}
