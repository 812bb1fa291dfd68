using System.Runtime.CompilerServices;
using System.Text;
using Geobuk.Inference;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// The way of every answer: wait for a place, generate, send. Streaming is the only way to generate; a whole answer collects
/// the same pieces. The generation stops when the client goes away or the time is up.
/// </summary>
internal sealed class Responder(
    ModelCatalog catalog, ServerMetrics metrics, ServerOptions options, IHostApplicationLifetime lifetime, ILogger<Responder> logger)
{
    /// <summary>Answers one request.</summary>
    /// <exception cref="ApiException">The queue is full, the server stops, or the time is up.</exception>
    public async Task RespondAsync(HttpContext context, GenerationJob job, IAnswerFormat format)
    {
        using var deadline = new CancellationTokenSource(options.RequestTimeout);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token);
        var tally = new GenerationTally(job.Prompt.Length);
        AdmissionGate.Place? place = null;
        try
        {
            place = await EnterAsync(job, ending.Token);
            tally.Start();
            var parts = PartsAsync(job, tally, ending.Token);
            await (job.Stream ? StreamAsync(context, job, format, parts, tally, ending.Token) : WriteAsync(context, format, parts, tally, ending.Token));
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException && ending.IsCancellationRequested)
        {
            tally.Outcome = context.RequestAborted.IsCancellationRequested ? "canceled" : "timeout";
            if (tally.Outcome == "timeout") throw ApiException.TimedOut(options.RequestTimeout);
        }
        finally
        {
            // Counted before the place is free: who sees nothing running sees the request counted.
            if (tally.HasStarted) tally.Report(metrics, logger, job.Model.Id);
            place?.Dispose();
        }
    }

    private async ValueTask<AdmissionGate.Place> EnterAsync(GenerationJob job, CancellationToken cancellationToken)
    {
        var gate = catalog.GateOf(job.Model);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (await gate.EnterAsync(waiting.Token) is { } place) return place;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Stopping();
        }
        metrics.Reject();
        throw ApiException.QueueFull(gate.Waiting, gate.RetryAfter());
    }

    private static async IAsyncEnumerable<AnswerPart> PartsAsync(
        GenerationJob job, GenerationTally tally, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var held = new List<GeneratedToken>();
        await foreach (var token in job.Model.Engine.GenerateAsync(job.Prompt, job.Sampling, cancellationToken))
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

    private static async Task StreamAsync(
        HttpContext context, GenerationJob job, IAnswerFormat format, IAsyncEnumerable<AnswerPart> parts, GenerationTally tally, CancellationToken cancellationToken)
    {
        var stream = new EventStream(context.Response);
        await format.OpenAsync(stream, cancellationToken);
        await foreach (var part in parts) await format.SendAsync(stream, part, cancellationToken);
        if (job.IncludeUsage) await format.SendUsageAsync(stream, tally.Usage, cancellationToken);
        await stream.DoneAsync(cancellationToken);
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
