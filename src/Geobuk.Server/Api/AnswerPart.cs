using Geobuk.Inference;

namespace Geobuk.Server.Api;

/// <summary>A piece of an answer: text that is certain, the tokens behind it, and at the end why it ended. A whole answer is one piece.</summary>
internal sealed record AnswerPart(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish)
{
    /// <summary>OpenAI's word for the reason.</summary>
    public string? FinishWord => Finish switch
    {
        null => null,
        FinishReason.Length => "length",
        _ => "stop",
    };
}
