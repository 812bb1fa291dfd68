using Geobuk.Inference;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>A piece of an answer: text that is certain, the tokens behind it, and at the end why it ended. A whole answer is one piece.</summary>
internal sealed record AnswerPart(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish)
{
    /// <summary>Which of the request's answers.</summary>
    public int Index { get; init; }

    /// <summary>What the answer asks to be called; the last piece brings it.</summary>
    public IReadOnlyList<ToolCall> Calls { get; init; } = [];

    /// <summary>OpenAI's word for the reason.</summary>
    public string? FinishWord => Finish switch
    {
        null => null,
        _ when Calls.Count > 0 => "tool_calls",
        FinishReason.Length => "length",
        _ => "stop",
    };
}
