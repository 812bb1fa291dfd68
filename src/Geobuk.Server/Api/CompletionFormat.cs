using Geobuk.Inference;
using Geobuk.Models.Tokenization;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as text_completion; a stream is a row of the same objects. One instance serves one answer: it counts characters.</summary>
/// <param name="header">What every object repeats.</param>
/// <param name="tokenizer">Turns tokens to text.</param>
/// <param name="withLogProbs">The client asked for log probabilities.</param>
/// <param name="echo">The prompt, when the client wants it before the answer; otherwise empty.</param>
internal sealed class CompletionFormat(AnswerHeader header, Tokenizer tokenizer, bool withLogProbs, string echo) : IAnswerFormat
{
    private int _offset = echo.EnumerateRunes().Count();

    /// <inheritdoc/>
    public Task OpenAsync(EventStream stream, CancellationToken cancellationToken) =>
        echo.Length == 0 ? Task.CompletedTask : SendAsync(stream, echo, null, null, cancellationToken);

    /// <inheritdoc/>
    public Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken) =>
        SendAsync(stream, part.Text, LogProbs(part), part.FinishWord, cancellationToken);

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken) =>
        stream.SendAsync(Body([], usage), WireJson.Wire.CompletionResponse, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, AnswerPart answer, Usage usage, CancellationToken cancellationToken)
    {
        var choice = new CompletionChoice(0, echo + answer.Text, LogProbs(answer), answer.FinishWord ?? "stop");
        return response.WriteAsJsonAsync(Body([choice], usage), WireJson.Wire.CompletionResponse, contentType: null, cancellationToken);
    }

    private Task SendAsync(EventStream stream, string text, CompletionLogProbs? logProbs, string? finish, CancellationToken cancellationToken) =>
        stream.SendAsync(Body([new CompletionChoice(0, text, logProbs, finish)], null), WireJson.Wire.CompletionResponse, cancellationToken);

    private CompletionResponse Body(IReadOnlyList<CompletionChoice> choices, Usage? usage) =>
        new(header.Id, "text_completion", header.Created, header.Model, header.SystemFingerprint, choices) { Usage = usage };

    private CompletionLogProbs? LogProbs(AnswerPart part)
    {
        if (!withLogProbs) return null;
        var offsets = new int[part.Tokens.Count];
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = _offset;
            _offset += TokenText.CodePoints(TokenText.Bytes(tokenizer, part.Tokens[i].Id));
        }
        return new CompletionLogProbs(
            [.. part.Tokens.Select(token => TokenText.Of(tokenizer, token.Id))],
            [.. part.Tokens.Select(token => (double?)TokenText.Finite(token.LogProb))],
            [.. part.Tokens.Select(Top)],
            offsets);
    }

    private Dictionary<string, double>? Top(GeneratedToken token)
    {
        if (token.Top is not { Count: > 0 } top) return null;
        var byText = new Dictionary<string, double>();
        // Two tokens may look alike; the likelier one, which comes first, stays.
        foreach (var entry in top) byText.TryAdd(TokenText.Of(tokenizer, entry.Id), TokenText.Finite(entry.LogProb));
        return byText;
    }
}
