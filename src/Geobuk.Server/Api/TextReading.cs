using System.Diagnostics;
using Geobuk.Inference;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>The way of every text that is read and not answered: the key's budget, a place, the passes through the model, the counts.</summary>
internal sealed class TextReading(ModelCatalog catalog, ServerMetrics metrics, ServerOptions options, Drain drain, IHostApplicationLifetime lifetime)
{
    /// <summary>The place of every text in the model's space.</summary>
    /// <exception cref="ApiException">The key's budget is used up, the queue is full, the server stops, or the time is up.</exception>
    public async Task<List<float[]>> ReadAsync(HttpContext context, ServedModel model, List<int[]> inputs, Pooling pooling)
    {
        var tokens = inputs.Sum(input => input.Length);
        var budget = context.Features.Get<ApiKey>()!.Budget;
        if (budget.TryTake(tokens) is { } refusal)
        {
            metrics.Reject();
            throw ApiException.LimitReached(refusal.Limit, refusal.RetryAfter);
        }
        // Whoever gets no place has used nothing.
        var used = 0;
        try
        {
            using var deadline = new CancellationTokenSource(options.RequestTimeout);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, drain.Over);
            using var place = Enter(model, tokens);
            var arrived = Stopwatch.GetTimestamp();
            await BeginAsync(place, ending.Token);
            used = tokens;
            var (outcome, begun) = ("error", Stopwatch.GetTimestamp());
            try
            {
                var places = await Task.Run(() => inputs.ConvertAll(input => model.Engine.Embed(input, pooling, ending.Token)), ending.Token);
                outcome = "answered";
                return places;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                outcome = context.RequestAborted.IsCancellationRequested || drain.Over.IsCancellationRequested ? "canceled" : "timeout";
                throw;
            }
            finally
            {
                var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                metrics.Finish(outcome, tokens, 0, null, seconds);
                catalog.MetricsOf(model).FinishReading(outcome, tokens, Stopwatch.GetElapsedTime(arrived, begun).TotalSeconds, seconds);
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw drain.Over.IsCancellationRequested ? ApiException.CutOff(drain.Grace) : ApiException.TimedOut(options.RequestTimeout);
        }
        finally
        {
            budget.Return(tokens - used);
        }
    }

    private ReadingPlace Enter(ServedModel model, int tokens)
    {
        var gate = catalog.GateOf(model);
        if (gate.TryRead(tokens) is { } place) return place;
        metrics.Reject();
        throw ApiException.QueueFull(gate.Load().Waiting, gate.RetryAfter());
    }

    /// <summary>Who still waits when the server is told to stop is told so.</summary>
    private async Task BeginAsync(ReadingPlace place, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        try
        {
            await place.BeginAsync(stopping.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiException.Stopping();
        }
    }
}
