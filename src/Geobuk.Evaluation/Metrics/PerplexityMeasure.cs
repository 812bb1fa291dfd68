using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// Perplexity = exp(−1/N Σ log p(token | tokens before it in its document)), Jelinek et al. 1977. Documents are
/// independent: each starts at position 0 with an empty cache, as in training.
/// </summary>
internal static class PerplexityMeasure
{
    public static PerplexityResult Run(
        EngineLanes lanes, IReadOnlyList<EvaluationDocument> documents, PerplexityProtocol protocol, string phase,
        IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var encoded = documents.AsParallel().AsOrdered().WithDegreeOfParallelism(lanes.Count)
            .Select(document => DocumentTokens.Encode(lanes.Model.Tokenizer, document)).ToList();
        var windows = encoded.SelectMany((document, i) => TokenWindow.Sliding(i, document.Tokens.Length, document.FirstScored, protocol.Window, protocol.Stride)).ToList();
        if (windows.Count == 0)
            throw new UserInputException($"{phase}: no document has two tokens; expected text to predict. Give longer documents.");
        var losses = new WindowLoss[windows.Count];
        var count = new ProgressCount(progress, phase, encoded.Sum(d => (long)d.ScoredTokens), "tokens");
        lanes.Run(windows.Count, (lane, i) =>
        {
            losses[i] = Loss(lane, encoded[windows[i].Document].Tokens, windows[i], cancellationToken);
            count.Add(losses[i].Tokens);
        }, cancellationToken);
        return new PerplexityResult { Documents = encoded.Count(d => d.ScoredTokens > 0), Bytes = encoded.Where(d => d.ScoredTokens > 0).Sum(d => d.ScoredBytes), Losses = losses };
    }

    private static WindowLoss Loss(EngineLane lane, int[] tokens, TokenWindow window, CancellationToken cancellationToken)
    {
        double nats = 0;
        lane.Cache.Truncate(0);
        // The logits of a position predict the token after it, so the window's last token is never read.
        lane.Engine.Prefill(lane.Cache, tokens.AsSpan(window.Start, window.Length - 1), (position, logits) =>
            nats -= LogSoftmax.LogProbability(logits, tokens[window.Start + position + 1]), window.FirstScored - 1 - window.Start, cancellationToken);
        return new WindowLoss(window.Document, window.End - window.FirstScored, nats);
    }
}
