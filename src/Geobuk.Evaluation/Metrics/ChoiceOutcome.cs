using Geobuk.Evaluation.Tasks;

namespace Geobuk.Evaluation.Metrics;

/// <summary>What a model made of one question; kept so that any score can be recomputed without the model.</summary>
/// <param name="Id">The question.</param>
/// <param name="Answer">Index of the right choice.</param>
/// <param name="LogLikelihoods">Σ log p of each choice's tokens, nats.</param>
/// <param name="Characters">Characters of each choice.</param>
public sealed record ChoiceOutcome(string Id, int Answer, IReadOnlyList<double> LogLikelihoods, IReadOnlyList<int> Characters)
{
    /// <summary>The choice that the rule picks, the first among equals.</summary>
    public int Chosen(ScoringRule rule)
    {
        var best = 0;
        for (var i = 1; i < LogLikelihoods.Count; i++)
            if (Value(i, rule) > Value(best, rule)) best = i;
        return best;
    }

    /// <summary>Whether the rule picks the right one.</summary>
    public bool IsRight(ScoringRule rule) => Chosen(rule) == Answer;

    private double Value(int choice, ScoringRule rule) =>
        rule == ScoringRule.PerCharacter ? LogLikelihoods[choice] / Characters[choice] : LogLikelihoods[choice];
}
