using Geobuk.Evaluation.Statistics;
using Geobuk.Evaluation.Tasks;

namespace Geobuk.Evaluation.Metrics;

/// <summary>A model's outcomes on a task, in the order of its questions.</summary>
/// <param name="Digest">SHA-256 of prompts, choices and answers.</param>
/// <param name="Outcomes">One per question.</param>
public sealed record MultipleChoiceResult(string Digest, IReadOnlyList<ChoiceOutcome> Outcomes)
{
    /// <summary>Share of right answers with its 95 % Wilson interval.</summary>
    public ScoreInterval Score(ScoringRule rule) => WilsonInterval.Of(Outcomes.Count(outcome => outcome.IsRight(rule)), Outcomes.Count);
}
