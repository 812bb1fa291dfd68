using System.Security.Cryptography;
using Geobuk.Inference;
using Geobuk.Inference.Chat;
using Geobuk.Models.Tokenization;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>An answer as chat.completion, or as a stream of chat.completion.chunk.</summary>
internal sealed class ChatFormat(AnswerHeader header, Tokenizer tokenizer, bool withLogProbs, ToolCallReader? tools = null) : IAnswerFormat
{
    /// <inheritdoc/>
    public Task OpenAsync(EventStream stream, CancellationToken cancellationToken) =>
        SendAsync(stream, new ChatDelta { Role = "assistant", Content = "" }, null, null, cancellationToken);

    /// <inheritdoc/>
    public async Task SendAsync(EventStream stream, AnswerPart part, CancellationToken cancellationToken)
    {
        var logProbs = LogProbs(part);
        IReadOnlyList<ToolCall> calls;
        (part, calls) = WithoutCalls(part);
        if (part.Text.Length > 0 || logProbs is { Content.Count: > 0 })
            await SendAsync(stream, new ChatDelta { Content = part.Text }, logProbs, null, cancellationToken);
        if (calls.Count > 0) await SendAsync(stream, new ChatDelta { ToolCalls = [.. calls.Select((call, i) => call with { Index = i })] }, null, null, cancellationToken);
        if (part.FinishWord is { } finish) await SendAsync(stream, new ChatDelta(), null, calls.Count > 0 ? "tool_calls" : finish, cancellationToken);
    }

    /// <summary>Holds back what may be a call; the last piece brings the calls.</summary>
    private (AnswerPart Part, IReadOnlyList<ToolCall> Calls) WithoutCalls(AnswerPart part)
    {
        if (tools is null) return (part, []);
        var text = tools.Push(part.Text);
        if (part.Finish is null) return (part with { Text = text }, []);
        var (rest, calls) = tools.End();
        return (part with { Text = text + rest }, [.. calls.Select(call =>
            new ToolCall($"call_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}", "function", new ToolCallFunction(call.Name, call.Arguments)))]);
    }

    /// <inheritdoc/>
    public Task SendUsageAsync(EventStream stream, Usage usage, CancellationToken cancellationToken) =>
        stream.SendAsync(Chunk([]) with { Usage = usage }, WireJson.Wire.ChatChunk, cancellationToken);

    /// <inheritdoc/>
    public Task WriteAsync(HttpResponse response, AnswerPart answer, Usage usage, CancellationToken cancellationToken)
    {
        var logProbs = LogProbs(answer);
        (answer, var calls) = WithoutCalls(answer);
        var message = calls.Count == 0 ? new ChatAnswer("assistant", answer.Text, null) : new ChatAnswer("assistant", answer.Text.Trim() is { Length: > 0 } text ? text : null, null) { ToolCalls = calls };
        var choice = new ChatChoice(0, message, logProbs, calls.Count > 0 ? "tool_calls" : answer.FinishWord ?? "stop");
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
