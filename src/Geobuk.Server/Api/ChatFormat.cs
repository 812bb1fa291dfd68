using Geobuk.Inference;
using Geobuk.Models.Tokenization;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as chat.completion, or as a stream of chat.completion.chunk.</summary>
internal sealed class ChatFormat(AnswerHeader header, Tokenizer tokenizer, bool withLogProbs, int choices) : IAnswerFormat
{
    /// <inheritdoc/>
    public async Task OpenAsync(EventStream stream, CancellationToken cancellationToken)
    {
        for (var i = 0; i < choices; i++) await SendAsync(stream, i, new ChatDelta { Role = "assistant", Content = "" }, null, null, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken)
    {
        var logProbs = LogProbs(part);
        if (part.Text.Length > 0 || logProbs is { Content.Count: > 0 })
            await SendAsync(stream, part.Index, new ChatDelta { Content = part.Text }, logProbs, null, cancellationToken);
        if (part.Calls is { Count: > 0 } calls)
            await SendAsync(stream, part.Index, new ChatDelta { ToolCalls = [.. calls.Select((call, i) => call with { Index = i })] }, null, null, cancellationToken);
        if (part.FinishWord is { } finish) await SendAsync(stream, part.Index, new ChatDelta(), null, finish, cancellationToken);
    }

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken) =>
        stream.SendAsync(Chunk([]) with { Usage = usage }, WireJson.Wire.ChatChunk, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, IReadOnlyList<AnswerPart> answers, Usage usage, CancellationToken cancellationToken)
    {
        var body = new ChatResponse(header.Id, "chat.completion", header.Created, header.Model, header.SystemFingerprint, [.. answers.Select(Choice)], usage);
        return response.WriteAsJsonAsync(body, WireJson.Wire.ChatResponse, contentType: null, cancellationToken);
    }

    private ChatChoice Choice(AnswerPart answer)
    {
        var message = answer.Calls.Count == 0
            ? new ChatAnswer("assistant", answer.Text, null)
            : new ChatAnswer("assistant", answer.Text.Trim() is { Length: > 0 } text ? text : null, null) { ToolCalls = answer.Calls };
        return new ChatChoice(answer.Index, message, LogProbs(answer), answer.FinishWord ?? "stop");
    }

    private Task SendAsync(EventStream stream, int choice, ChatDelta delta, ChatLogProbs? logProbs, string? finish, CancellationToken cancellationToken) =>
        stream.SendAsync(Chunk([new ChatChunkChoice(choice, delta, logProbs, finish)]), WireJson.Wire.ChatChunk, cancellationToken);

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
