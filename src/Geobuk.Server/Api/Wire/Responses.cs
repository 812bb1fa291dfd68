using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>Body of POST /v1/responses. The input is a string, or messages.</summary>
internal sealed record ResponsesRequest : GenerationRequest
{
    public JsonElement? Input { get; init; }
    public string? Instructions { get; init; }
    public int? MaxOutputTokens { get; init; }
    public JsonElement? Text { get; init; }
    public string? PreviousResponseId { get; init; }
}

/// <summary>A response: whole, or as far as it is.</summary>
internal sealed record ResponseBody(string Id, string Object, long CreatedAt, string Status, string Model, IReadOnlyList<ResponseItem> Output)
{
    public string? Error { get; init; }
    public ResponseIncomplete? IncompleteDetails { get; init; }
    public string? Instructions { get; init; }
    public bool ParallelToolCalls { get; init; } = true;
    public string ToolChoice { get; init; } = "auto";
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];
    public bool Store { get; init; }
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ResponseUsage? Usage { get; init; }
}

/// <summary>Why a response is not whole.</summary>
internal sealed record ResponseIncomplete(string Reason);

/// <summary>The message of a response.</summary>
internal sealed record ResponseItem(string Id, string Type, string Status, string Role, IReadOnlyList<ResponseContent> Content);

/// <summary>Its text.</summary>
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
}
