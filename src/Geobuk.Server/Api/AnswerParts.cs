using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Geobuk.Inference;
using Geobuk.Inference.Chat;
using Geobuk.Server.Api.Wire;

namespace Geobuk.Server.Api;

/// <summary>Reads the answers of a request while they are generated.</summary>
internal static class AnswerParts
{
    /// <summary>The pieces of all answers as they come. The first failure ends them all.</summary>
    public static async IAsyncEnumerable<AnswerPart> ReadAsync(
        GenerationJob job, IReadOnlyList<GenerationTally> tallies, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var merged = Channel.CreateUnbounded<AnswerPart>(new UnboundedChannelOptions { SingleReader = true });
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var all = Task.WhenAll(tallies.Select(CopyAsync));
        _ = all.ContinueWith(_ => merged.Writer.TryComplete(), TaskScheduler.Default);
        try
        {
            await foreach (var part in merged.Reader.ReadAllAsync(CancellationToken.None)) yield return part;
        }
        finally
        {
            await ending.CancelAsync();
            await all;
        }

        async Task CopyAsync(GenerationTally tally)
        {
            try
            {
                await foreach (var part in ReadAsync(job, tally, ending.Token)) merged.Writer.TryWrite(part with { Index = tally.Answer.Index });
            }
            catch (Exception fault)
            {
                merged.Writer.TryComplete(fault);
            }
        }
    }

    private static async IAsyncEnumerable<AnswerPart> ReadAsync(GenerationJob job, GenerationTally tally, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await tally.Generation.Begun.WaitAsync(cancellationToken);
        tally.Start();
        if (tally.Answer.Echo is { } echo)
        {
            var prompt = await echo.ReadAsync(cancellationToken);
            if (tally.Answer.EchoOnly) tally.Outcome = "length";
            yield return tally.Answer.EchoOnly ? prompt with { Finish = FinishReason.Length } : prompt;
            if (tally.Answer.EchoOnly) yield break;
        }
        var (held, calls) = (new List<GeneratedToken>(), job.Tools?.Reader(job.Model));
        await foreach (var token in tally.Generation.ReadAsync(cancellationToken))
        {
            tally.Count();
            // The token that stops the model says nothing and is no part of the answer.
            var isStop = token.Finish == FinishReason.Stop && job.Model.Model.StopTokenIds.Contains(token.Id);
            if (!isStop) held.Add(token);
            if (token.Text.Length == 0 && token.Finish is null) continue;
            var part = new AnswerPart(calls?.Push(token.Text) ?? token.Text, [.. held], token.Finish);
            held.Clear();
            if (part.FinishWord is { } word) tally.Outcome = word;
            yield return calls is null || part.Finish is null ? part : WithCalls(part, calls.End(), job.Tools!);
        }
    }

    /// <summary>What may be a call was held back; the last piece brings the calls, or what is none after all.</summary>
    private static AnswerPart WithCalls(AnswerPart last, (string Text, IReadOnlyList<ToolCallRequest> Calls) end, ToolRequest tools) => last with
    {
        Text = last.Text + end.Text,
        Calls = [.. end.Calls.Take(tools.Several ? int.MaxValue : 1).Select(call =>
            new ToolCall($"call_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}", "function", new ToolCallFunction(call.Name, call.Arguments)))],
    };
}
