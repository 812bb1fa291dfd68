using Geobuk.Inference;
using Geobuk.Models.Tokenization;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as chat.completion, or as a stream of chat.completion.chunk.</summary>
internal sealed class ChatFormat(AnswerHeader header, Tokenizer tokenizer, bool withLogProbs) : IAnswerFormat
{
    /// <inheritdoc/>
    public Task OpenAsync(EventStream stream, CancellationToken cancellationToken) =>
        SendAsync(stream, new ChatDelta { Role = "assistant", Content = "" }, null, null, cancellationToken);

    /// <inheritdoc/>
    public async Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken)
    {
        var logProbs = LogProbs(part);
        if (part.Text.Length > 0 || logProbs is { Content.Count: > 0 })
            await SendAsync(stream, new ChatDelta { Content = part.Text }, logProbs, null, cancellationToken);
        if (part.FinishWord is { } finish) await SendAsync(stream, new ChatDelta(), null, finish, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken) =>
        stream.SendAsync(Chunk([]) with { Usage = usage }, WireJson.Wire.ChatChunk, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, AnswerPart answer, Usage usage, CancellationToken cancellationToken)
    {
        var choice = new ChatChoice(0, new ChatAnswer("assistant", answer.Text, null), LogProbs(answer), answer.FinishWord ?? "stop");
        var body = new ChatResponse(header.Id, "chat.completion", header.Created, header.Model, header.SystemFingerprint, [choice], usage);
        return response.WriteAsJsonAsync(body, WireJson.Wire.ChatResponse, contentType: null, cancellationToken);
    }

    private Task SendAsync(EventStream stream, ChatDelta delta, ChatLogProbs? logProbs, string? finish, CancellationToken cancellationToken) =>
        stream.SendAsync(Chunk([new ChatChunkChoice(0, delta, logProbs, finish)]), WireJson.Wire.ChatChunk, cancellationToken);

    private ChatChunk Chunk(IReadOnlyList<ChatChunkChoice> choices) =>
        new(header.Id, "chat.completion.chunk", header.Created, header.Model, header.SystemFingerprint, choices);

    private ChatLogProbs? LogProbs(AnswerPart part) =>
        withLogProbs ? new ChatLogProbs([.. part.Tokens.Select(LogProb)], null) : null;

    private ChatTokenLogProb LogProb(GeneratedToken token)
    {
        var bytes = TokenText.Bytes(tokenizer, token.Id);
        return new ChatTokenLogProb(TokenText.Of(bytes), TokenText.Finite(token.LogProb), Widen(bytes), [.. (token.Top ?? []).Select(Top)]);

        ChatTopLogProb Top(Inference.Sampling.TokenLogProb top)
        {
            var topBytes = TokenText.Bytes(tokenizer, top.Id);
            return new ChatTopLogProb(TokenText.Of(topBytes), TokenText.Finite(top.LogProb), Widen(topBytes));
        }
    }

    private static int[] Widen(byte[] bytes) => Array.ConvertAll(bytes, value => (int)value);
}
