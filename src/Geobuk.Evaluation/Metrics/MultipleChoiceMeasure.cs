using Geobuk.Evaluation.Tasks;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// Multiple choice by log-likelihood, Brown et al. 2020: a choice's score is Σ log p of its tokens after the prompt.
/// What the choices share is computed once.
/// </summary>
internal static class MultipleChoiceMeasure
{
    public static MultipleChoiceResult Run(
        EngineLanes lanes, IReadOnlyList<MultipleChoiceItem> items, string phase, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var outcomes = new ChoiceOutcome[items.Count];
        var count = new ProgressCount(progress, phase, items.Count, "questions");
        lanes.Run(items.Count, (lane, i) =>
        {
            outcomes[i] = Ask(lane, items[i], cancellationToken);
            count.Add(1);
        }, cancellationToken);
        return new MultipleChoiceResult(TaskDefinition.Digest(items), outcomes);
    }

    private static ChoiceOutcome Ask(EngineLane lane, MultipleChoiceItem item, CancellationToken cancellationToken)
    {
        var model = lane.Engine.Model;
        var choices = ScoredTokens.Of(model.Tokenizer, item, model.ContextLength);
        return new ChoiceOutcome(item.Id, item.Answer, LogLikelihoods(lane, choices, cancellationToken),
            [.. Enumerable.Range(0, item.Choices.Count).Select(item.Characters)]);
    }

    private static double[] LogLikelihoods(EngineLane lane, IReadOnlyList<ScoredTokens> choices, CancellationToken cancellationToken)
    {
        var shared = Shared(choices);
        var sums = new double[choices.Count];
        lane.Cache.Truncate(0);
        lane.Engine.Prefill(lane.Cache, choices[0].Tokens.AsSpan(0, shared), (position, logits) =>
        {
            var norm = LogSoftmax.LogSumExp(logits);
            for (var i = 0; i < choices.Count; i++)
                if (shared >= choices[i].First && shared < choices[i].Tokens.Length) sums[i] += logits[choices[i].Tokens[shared]] - norm;
        }, shared - 1, cancellationToken);
        for (var i = 0; i < choices.Count; i++)
        {
            var choice = choices[i];
            if (choice.Tokens.Length - 1 <= shared) continue;
            var index = i;
            lane.Cache.Truncate(shared);
            lane.Engine.Prefill(lane.Cache, choice.Tokens.AsSpan(shared, choice.Tokens.Length - 1 - shared), (position, logits) =>
                sums[index] += LogSoftmax.LogProbability(logits, choice.Tokens[position + 1]), choice.First - 1, cancellationToken);
        }
        return sums;
    }

    /// <summary>Tokens that all choices begin with, none of them scored: the last of them predicts each choice's next.</summary>
    private static int Shared(IReadOnlyList<ScoredTokens> choices)
    {
        var shared = choices.Min(choice => choice.First);
        foreach (var choice in choices)
            shared = Math.Min(shared, choice.Tokens.AsSpan().CommonPrefixLength(choices[0].Tokens));
        return Math.Max(1, shared);
    }
}
