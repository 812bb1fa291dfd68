using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>What both completion endpoints take. Null means: the client did not say.</summary>
internal abstract record GenerationRequest
{
    public string? Model { get; init; }
    public int? MaxTokens { get; init; }
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? TopK { get; init; }
    public double? MinP { get; init; }
    public double? RepetitionPenalty { get; init; }
    public double? FrequencyPenalty { get; init; }
    public double? PresencePenalty { get; init; }

    /// <summary>Token ids to what is added to their logits.</summary>
    public JsonElement? LogitBias { get; init; }
    public long? Seed { get; init; }
    public int? N { get; init; }
    public bool? Stream { get; init; }
    public StreamOptions? StreamOptions { get; init; }

    /// <summary>text, json_object, or json_schema with a schema.</summary>
    public JsonElement? ResponseFormat { get; init; }

    /// <summary>vLLM's names: a regular expression, a schema, or the possible answers.</summary>
    public string? GuidedRegex { get; init; }
    public JsonElement? GuidedJson { get; init; }
    public IReadOnlyList<string>? GuidedChoice { get; init; }

    /// <summary>A string or an array of strings.</summary>
    public JsonElement? Stop { get; init; }

    /// <summary>Every field that no property takes; <see cref="OtherFields"/> decides what becomes of them.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>stream_options of a request.</summary>
internal sealed record StreamOptions(bool? IncludeUsage, bool? IncludeObfuscation);

/// <summary>Body of POST /v1/chat/completions.</summary>
internal sealed record ChatRequest : GenerationRequest
{
    public IReadOnlyList<ChatRequestMessage>? Messages { get; init; }
    public int? MaxCompletionTokens { get; init; }
    public bool? Logprobs { get; init; }
    public int? TopLogprobs { get; init; }
    public IReadOnlyList<ToolDefinition?>? Tools { get; init; }

    /// <summary>none, auto, required, or an object that names a function or the allowed ones.</summary>
    public JsonElement? ToolChoice { get; init; }
    public bool? ParallelToolCalls { get; init; }

    /// <summary>How much to think before answering, none to xhigh.</summary>
    public string? ReasoningEffort { get; init; }
}

/// <summary>One message of a chat request; the content is a string or an array of text parts.</summary>
internal sealed record ChatRequestMessage
{
    public string? Role { get; init; }
    public JsonElement? Content { get; init; }
    public string? Name { get; init; }
    public string? ToolCallId { get; init; }
    public IReadOnlyList<ToolCall?>? ToolCalls { get; init; }

    /// <summary>Where it stands, if not among "messages".</summary>
    [JsonIgnore]
    public string? Place { get; init; }

    /// <summary>Every field that no property takes.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Body of POST /v1/completions.</summary>
internal sealed record CompletionRequest : GenerationRequest
{
    /// <summary>A string, an array of token ids, or an array of either.</summary>
    public JsonElement? Prompt { get; init; }
    public int? Logprobs { get; init; }
    public bool? Echo { get; init; }
}
