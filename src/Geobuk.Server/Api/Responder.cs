using System.Text;
using Geobuk.Inference;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// The way of every answer: wait for a place, generate, send. Streaming is the only way to generate; a whole answer collects
/// the same pieces. The generation stops when the client goes away or the time is up, and its cache blocks are free at once.
/// </summary>
internal sealed class Responder(
    ModelCatalog catalog, ServerMetrics metrics, ServerOptions options, Drain drain, IHostApplicationLifetime lifetime, ILogger<Responder> logger)
{
    /// <summary>Answers one request.</summary>
    /// <exception cref="ApiException">The key's budget is used up, the queue is full, the server stops, or the time is up.</exception>
    public async Task RespondAsync(HttpContext context, GenerationJob job, IAnswerFormat format)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, drain.Over);
        var key = context.Features.Get<ApiKey>()!;
        RequireThatItFits(job, key);
        if (key.Budget.TryTake(job.Cost, job.Answers.Count) is { } refusal)
        {
            metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        List<GenerationTally> tallies = [];
        try
        {
            using var trace = GenerationTrace.Begin(job);
            tallies = Enter(job, key);
            var stream = job.Stream ? new EventStream(context.Response) : null;
            await WaitAsync(tallies[0].Generation, stream, ending.Token);
            var parts = AnswerParts.ReadAsync(job, tallies, ending.Token);
            // The time ends the generation and never a write: the connection would end with it, and nobody be told why.
            await (stream is null ? WriteAsync(context, job, format, parts, tallies) : StreamAsync(stream, job, format, parts, tallies, context.RequestAborted));
            trace.End(UsageOf(job, tallies), tallies);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException && ending.IsCancellationRequested)
        {
            var isCutOff = !context.RequestAborted.IsCancellationRequested && drain.Over.IsCancellationRequested;
            var outcome = isCutOff || context.RequestAborted.IsCancellationRequested ? "canceled" : "timeout";
            foreach (var tally in tallies) tally.Outcome ??= outcome;
            if (isCutOff) throw ApiException.CutOff(drain.Grace);
            if (outcome == "timeout") throw ApiException.TimedOut(options.RequestTimeout);
        }
        finally
        {
            key.Budget.Return(job.Cost - job.PromptTokens - tallies.Sum(tally => tally.Generated), job.Answers.Count);
            // Counted before the place is free: who sees nothing running sees the request counted.
            foreach (var tally in tallies.Where(tally => tally.HasStarted)) tally.Report(metrics, catalog, logger);
            foreach (var tally in tallies) tally.Generation.Dispose();
        }
    }

    /// <summary>More answers than there are ever places for would be turned away for ever.</summary>
    private void RequireThatItFits(GenerationJob job, ApiKey key)
    {
        var (count, places) = (job.Answers.Count, catalog.GateOf(job.Model).Places);
        var most = Math.Min(places, key.Concurrent ?? places);
        if (count == 1 || count <= most) return;
        throw ApiException.Invalid(job.Answers.All(answer => answer.Prompt == job.Answers[0].Prompt) ? "n" : "prompt",
            $"The request asks for {count} answers at the same time; expected at most {most}, which is what this {(most < places ? "API key may have" : "server has places for")}. Ask for fewer at once.", "invalid_value");
    }

    /// <summary>All answers get a place, or none.</summary>
    private List<GenerationTally> Enter(GenerationJob job, ApiKey key)
    {
        var gate = catalog.GateOf(job.Model);
        var whom = new GenerationOptions { User = key.Name, Labels = key.Labels, Lookup = job.Model.Drafts, Corpus = job.Model.Corpus };
        if (gate.TryEnter([.. job.Answers.Select(answer => (answer.Prompt, answer.Sampling))], job.PromptTokens, whom) is { } generations)
            return [.. job.Answers.Zip(generations, (answer, generation) => new GenerationTally(job.Model, answer, generation))];
        metrics.Reject();
        throw ApiException.QueueFull(gate.Load().Waiting, gate.RetryAfter());
    }

    /// <summary>Waits until the generation has a place; a stream is told now and then which place in the queue it has.</summary>
    private Task WaitAsync(Generation generation, EventStream? stream, CancellationToken cancellationToken)
    {
        return QueueWait.UntilAsync(generation.Begun, options.QueueNotice, TellAsync, lifetime.ApplicationStopping, cancellationToken);

        Task TellAsync() => stream is not null && generation.QueuePosition is > 0 and var position ? stream.CommentAsync($"queue {position}", cancellationToken) : Task.CompletedTask;
    }

    private async Task StreamAsync(
        EventStream stream, GenerationJob job, IAnswerFormat format, IAsyncEnumerable<AnswerPart> parts, IReadOnlyList<GenerationTally> tallies, CancellationToken cancellationToken)
    {
        await format.OpenAsync(stream, cancellationToken);
        await using var each = parts.GetAsyncEnumerator(CancellationToken.None);
        while (await NextAsync()) await format.SendAsync(stream, each.Current, cancellationToken);
        if (job.IncludeUsage) await format.SendUsageAsync(stream, UsageOf(job, tallies), cancellationToken);
        await format.CloseAsync(stream, cancellationToken);

        // A long prompt keeps a client waiting in silence, which proxies take for a dead connection.
        async Task<bool> NextAsync()
        {
            var next = each.MoveNextAsync().AsTask();
            try
            {
                while (true)
                {
                    try
                    {
                        return await next.WaitAsync(options.PingInterval, CancellationToken.None);
                    }
                    catch (TimeoutException)
                    {
                        await stream.CommentAsync("ping", cancellationToken);
                    }
                }
            }
            finally
            {
                // What is still asked for a piece cannot be closed.
                await Task.WhenAny(next);
            }
        }
    }

    private static async Task WriteAsync(HttpContext context, GenerationJob job, IAnswerFormat format, IAsyncEnumerable<AnswerPart> parts, IReadOnlyList<GenerationTally> tallies)
    {
        var collected = job.Answers.Select(_ => (Text: new StringBuilder(), Tokens: new List<GeneratedToken>())).ToList();
        var answers = new AnswerPart[job.Answers.Count];
        await foreach (var part in parts)
        {
            var (text, tokens) = collected[part.Index];
            text.Append(part.Text);
            tokens.AddRange(part.Tokens);
            if (part.Finish is not null) answers[part.Index] = part with { Text = text.ToString(), Tokens = tokens };
        }
        await format.WriteAsync(context.Response, answers, UsageOf(job, tallies), context.RequestAborted);
    }

    private static Usage UsageOf(GenerationJob job, IReadOnlyList<GenerationTally> tallies) => Usage.Of(
        job.PromptTokens, tallies.Sum(tally => tally.Generated), tallies.DistinctBy(tally => tally.Answer.Prompt).Sum(tally => tally.Generation.CachedTokens));
}
