using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>A whole chat answer.</summary>
internal sealed record ChatResponse(string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatChoice> Choices, Usage Usage);

/// <summary>A choice of a chat answer.</summary>
internal sealed record ChatChoice(int Index, ChatAnswer Message, ChatLogProbs? Logprobs, string FinishReason);

/// <summary>The message of a chat answer.</summary>
internal sealed record ChatAnswer(string Role, string? Content, string? Refusal)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }
}

/// <summary>One event of a streamed chat answer. Usage is written only where the client asked for it.</summary>
internal sealed record ChatChunk(string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatChunkChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

/// <summary>A choice in a streamed event.</summary>
internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, ChatLogProbs? Logprobs, string? FinishReason);

/// <summary>What a streamed event adds.</summary>
internal sealed record ChatDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ToolCall>? ToolCalls { get; init; }
}

/// <summary>Log probabilities in the chat form.</summary>
internal sealed record ChatLogProbs(IReadOnlyList<ChatTokenLogProb> Content, IReadOnlyList<ChatTokenLogProb>? Refusal);

/// <summary>One token of the answer with the likeliest at its place.</summary>
internal sealed record ChatTokenLogProb(string Token, double Logprob, int[] Bytes, IReadOnlyList<ChatTopLogProb> TopLogprobs);

/// <summary>One of the likeliest tokens at a place.</summary>
internal sealed record ChatTopLogProb(string Token, double Logprob, int[] Bytes);
