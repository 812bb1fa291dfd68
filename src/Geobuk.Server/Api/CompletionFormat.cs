using Geobuk.Inference;
using Geobuk.Models.Tokenization;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as text_completion; a stream is a row of the same objects. One instance serves one request: it counts characters.</summary>
/// <param name="header">What every object repeats.</param>
/// <param name="tokenizer">Turns tokens to text.</param>
/// <param name="withLogProbs">The client asked for log probabilities.</param>
internal sealed class CompletionFormat(AnswerHeader header, Tokenizer tokenizer, bool withLogProbs) : IAnswerFormat
{
    private readonly Dictionary<int, int> _offsets = [];

    /// <inheritdoc/>
    public Task OpenAsync(EventStream stream, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken) =>
        stream.SendAsync(Body([Choice(part, part.FinishWord)], null), WireJson.Wire.CompletionResponse, cancellationToken);

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken) =>
        stream.SendAsync(Body([], usage), WireJson.Wire.CompletionResponse, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, IReadOnlyList<AnswerPart> answers, Usage usage, CancellationToken cancellationToken) =>
        response.WriteAsJsonAsync(Body([.. answers.Select(answer => Choice(answer, answer.FinishWord ?? "stop"))], usage), WireJson.Wire.CompletionResponse, contentType: null, cancellationToken);

    private CompletionChoice Choice(AnswerPart part, string? finish) => new(part.Index, part.Text, LogProbs(part), finish);

    private CompletionResponse Body(IReadOnlyList<CompletionChoice> choices, Usage? usage) =>
        new(header.Id, "text_completion", header.Created, header.Model, header.SystemFingerprint, choices) { Usage = usage };

    private CompletionLogProbs? LogProbs(AnswerPart part)
    {
        if (!withLogProbs) return null;
        var offsets = new int[part.Tokens.Count];
        var offset = _offsets.GetValueOrDefault(part.Index);
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = offset;
            // Special tokens, as the tokenizer puts one before a prompt, have no place in the text.
            if (part.Tokens[i].Id is var id && !tokenizer.IsSpecial(id)) offset += TokenText.CodePoints(TokenText.Bytes(tokenizer, id));
        }
        _offsets[part.Index] = offset;
        return new CompletionLogProbs(
            [.. part.Tokens.Select(token => TokenText.Of(tokenizer, token.Id))],
            [.. part.Tokens.Select(token => float.IsNaN(token.LogProb) ? null : (double?)TokenText.Finite(token.LogProb))],
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
