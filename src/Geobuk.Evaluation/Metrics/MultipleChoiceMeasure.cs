using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// Multiple choice by log-likelihood, Brown et al. 2020: a choice's score is Σ log p of its tokens after the prompt.
/// Prompt and choice are tokenised together and split at the prompt's own token count, as lm-evaluation-harness does;
/// scores shift where the two are tokenised apart. What the choices share is computed once.
/// </summary>
internal static class MultipleChoiceMeasure
{
    public static MultipleChoiceResult Run(
        EngineLanes lanes, IReadOnlyList<MultipleChoiceItem> items, string phase, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var lead = DocumentTokens.Lead(lanes.Model.Tokenizer);
        var outcomes = new ChoiceOutcome[items.Count];
        var count = new ProgressCount(progress, phase, items.Count, "questions");
        lanes.Run(items.Count, (lane, i) =>
        {
            outcomes[i] = Ask(lane, items[i], lead, cancellationToken);
            count.Add(1);
        }, cancellationToken);
        return new MultipleChoiceResult(TaskDefinition.Digest(items), outcomes);
    }

    private static ChoiceOutcome Ask(EngineLane lane, MultipleChoiceItem item, int[] lead, CancellationToken cancellationToken)
    {
        var model = lane.Engine.Model;
        var choices = Enumerable.Range(0, item.Choices.Count)
            .Select(choice => Tokens(model.Tokenizer, lead, item, choice, model.ContextLength)).ToList();
        return new ChoiceOutcome(item.Id, item.Answer, LogLikelihoods(lane, choices, cancellationToken),
            [.. Enumerable.Range(0, item.Choices.Count).Select(item.Characters)]);
    }

    /// <summary>Tokens of prompt and choice, and the index of the first that is scored.</summary>
    private static ScoredTokens Tokens(Tokenizer tokenizer, int[] lead, MultipleChoiceItem item, int choice, int contextLength)
    {
        // Spaces at the prompt's end belong to the choice: most tokens carry the space before them.
        var prompt = item.Prompt.TrimEnd();
        var whole = item.Prompt + item.Continuation(choice);
        int[] tokens = [.. lead, .. tokenizer.Encode(whole, parseSpecialTokens: false)];
        var prompted = lead.Length + tokenizer.Encode(prompt, parseSpecialTokens: false).Length;
        // Tokenised together, prompt and choice may be as short as the prompt alone; one token is scored in any case.
        var first = Math.Clamp(prompted, 1, Math.Max(1, tokens.Length - 1));
        // A prompt too long for the context loses its beginning, never its end.
        var over = Math.Max(0, tokens.Length - contextLength);
        if (over >= first)
            throw new UserInputException($"{item.Id}: choice {choice + 1} has {tokens.Length - first} tokens; expected fewer than the context of {contextLength}. Leave the question out or raise the context length.");
        return new ScoredTokens(tokens[over..], first - over);
    }

    private static double[] LogLikelihoods(EngineLane lane, List<ScoredTokens> choices, CancellationToken cancellationToken)
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
    private static int Shared(List<ScoredTokens> choices)
    {
        var shared = choices.Min(choice => choice.First);
        foreach (var choice in choices)
            shared = Math.Min(shared, choice.Tokens.AsSpan().CommonPrefixLength(choices[0].Tokens));
        return Math.Max(1, shared);
    }

    private readonly record struct ScoredTokens(int[] Tokens, int First);
}
