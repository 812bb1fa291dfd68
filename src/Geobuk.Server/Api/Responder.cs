using System.Runtime.CompilerServices;
using System.Text;
using Geobuk.Inference;
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
        var tally = new GenerationTally(job);
        var budget = context.Features.Get<ApiKey>()!.Budget;
        var cost = job.Prompt.Length + job.Sampling.MaxTokens;
        if (budget.TryTake(cost) is { } refusal)
        {
            metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        Generation? generation = null;
        try
        {
            using var trace = GenerationTrace.Begin(job);
            generation = Enter(context, job);
            tally.Enter(generation);
            var stream = job.Stream ? new EventStream(context.Response) : null;
            await WaitAsync(generation, stream, ending.Token);
            tally.Start();
            var parts = PartsAsync(job, generation, tally, ending.Token);
            // The time ends the generation and never a write: the connection would end with it, and nobody be told why.
            await (stream is null ? WriteAsync(context, format, parts, tally, ending.Token) : StreamAsync(stream, job, format, parts, tally, context.RequestAborted));
            trace.End(tally);
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException && ending.IsCancellationRequested)
        {
            tally.Outcome = context.RequestAborted.IsCancellationRequested || drain.Over.IsCancellationRequested ? "canceled" : "timeout";
            if (!context.RequestAborted.IsCancellationRequested && drain.Over.IsCancellationRequested) throw ApiException.CutOff(drain.Grace);
            if (tally.Outcome == "timeout") throw ApiException.TimedOut(options.RequestTimeout);
        }
        finally
        {
            budget.Return(cost - job.Prompt.Length - tally.Generated);
            // Counted before the place is free: who sees nothing running sees the request counted.
            if (tally.HasStarted) tally.Report(metrics, catalog, logger);
            generation?.Dispose();
        }
    }

    private Generation Enter(HttpContext context, GenerationJob job)
    {
        var gate = catalog.GateOf(job.Model);
        var key = context.Features.Get<ApiKey>()!;
        if (gate.TryEnter(job.Prompt, job.Sampling, new GenerationOptions { User = key.Name, Labels = key.Labels, Lookup = job.Model.Drafts, Corpus = job.Model.Corpus }) is { } generation) return generation;
        metrics.Reject();
        throw ApiException.QueueFull(gate.Load().Waiting, gate.RetryAfter());
    }

    /// <summary>Waits until the generation has a place; a stream is told now and then which place in the queue it has.</summary>
    private async Task WaitAsync(Generation generation, EventStream? stream, CancellationToken cancellationToken)
    {
        while (!generation.Begun.IsCompleted)
        {
            using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
            try
            {
                await generation.Begun.WaitAsync(options.QueueNotice, stopping.Token);
            }
            catch (TimeoutException)
            {
                if (stream is not null && generation.QueuePosition is > 0 and var position) await stream.CommentAsync($"queue {position}", cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw ApiException.Stopping();
            }
        }
    }

    private static async IAsyncEnumerable<AnswerPart> PartsAsync(
        GenerationJob job, Generation generation, GenerationTally tally, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = new List<GeneratedToken>();
        await foreach (var token in generation.ReadAsync(cancellationToken))
        {
            tally.Count();
            // The token that stops the model says nothing and is no part of the answer.
            var isStop = token.Finish == FinishReason.Stop && job.Model.Model.StopTokenIds.Contains(token.Id);
            if (!isStop) held.Add(token);
            if (token.Text.Length == 0 && token.Finish is null) continue;
            var part = new AnswerPart(token.Text, [.. held], token.Finish);
            held.Clear();
            if (part.FinishWord is { } word) tally.Outcome = word;
            yield return part;
        }
    }

    private async Task StreamAsync(
        EventStream stream, GenerationJob job, IAnswerFormat format, IAsyncEnumerable<AnswerPart> parts, GenerationTally tally, CancellationToken cancellationToken)
    {
        await format.OpenAsync(stream, cancellationToken);
        await using var each = parts.GetAsyncEnumerator(cancellationToken);
        while (await NextAsync()) await format.SendAsync(stream, each.Current, cancellationToken);
        if (job.IncludeUsage) await format.SendUsageAsync(stream, tally.Usage, cancellationToken);
        await format.CloseAsync(stream, cancellationToken);

        // A long prompt keeps a client waiting in silence, which proxies take for a dead connection.
        async Task<bool> NextAsync()
        {
            var next = each.MoveNextAsync().AsTask();
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
    }

    private static async Task WriteAsync(
        HttpContext context, IAnswerFormat format, IAsyncEnumerable<AnswerPart> parts, GenerationTally tally, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var tokens = new List<GeneratedToken>();
        FinishReason? finish = null;
        await foreach (var part in parts)
        {
            text.Append(part.Text);
            tokens.AddRange(part.Tokens);
            finish = part.Finish;
        }
        await format.WriteAsync(context.Response, new AnswerPart(text.ToString(), tokens, finish), tally.Usage, cancellationToken);
    }
}
