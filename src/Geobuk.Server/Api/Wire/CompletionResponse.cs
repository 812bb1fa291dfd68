using System.Text.Json.Serialization;

namespace Geobuk.Server.Api.Wire;

/// <summary>A whole text completion, and one event of a streamed one.</summary>
internal sealed record CompletionResponse(string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<CompletionChoice> Choices)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

/// <summary>A choice of a text completion.</summary>
internal sealed record CompletionChoice(int Index, string Text, CompletionLogProbs? Logprobs, string? FinishReason);

/// <summary>Log probabilities in the text form: four arrays, one entry per token.</summary>
internal sealed record CompletionLogProbs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<double?> TokenLogprobs,
    IReadOnlyList<Dictionary<string, double>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
