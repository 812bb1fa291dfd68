using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Statistics;
using Geobuk.Evaluation.Tasks;

namespace Geobuk.Evaluation.Reports;

/// <summary>
/// Two models on the same questions. Equal scores can hide damage: questions lost and questions gained cancel in the
/// score but not here (Dutta et al. 2024, arXiv:2407.09141).
/// </summary>
/// <param name="Difference">Second minus first score with a 95 % bootstrap interval over sources.</param>
/// <param name="Test">Exact McNemar test.</param>
/// <param name="Flips">Every question whose outcome changed, in the order of the task.</param>
public sealed record ExamFlips(DifferenceInterval Difference, McNemarTest Test, IReadOnlyList<ExamFlip> Flips)
{
    /// <summary>Pairs the outcomes of two models.</summary>
    public static ExamFlips Of(MultipleChoiceResult first, MultipleChoiceResult second, IReadOnlyList<MultipleChoiceItem> items, ScoringRule rule)
    {
        if (first.Digest != second.Digest || first.Outcomes.Count != items.Count)
            throw new ArgumentException("Both models must have answered the same questions.", nameof(second));
        var flips = new List<ExamFlip>();
        var clusters = new Dictionary<string, PairedUnit>(StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            var (before, after) = (first.Outcomes[i].IsRight(rule), second.Outcomes[i].IsRight(rule));
            // Questions on one passage are not independent; a question without a source stands for itself.
            var key = items[i].Source is { } source ? "source " + source : "id " + items[i].Id;
            var unit = clusters.GetValueOrDefault(key);
            clusters[key] = new PairedUnit(unit.Weight + 1, unit.First + (before ? 1 : 0), unit.Second + (after ? 1 : 0));
            if (before != after) flips.Add(Flip(items[i], before, (before ? second : first).Outcomes[i].Chosen(rule)));
        }
        var lost = flips.Count(flip => flip.Lost);
        return new ExamFlips(PairedBootstrap.Difference([.. clusters.Values]), McNemarTest.Of(lost, flips.Count - lost), flips);
    }

    private static ExamFlip Flip(MultipleChoiceItem item, bool lost, int chosen) => new()
    {
        Id = item.Id,
        Lost = lost,
        Question = item.Question,
        Answer = item.Choices[item.Answer],
        Chosen = item.Choices[chosen],
        Source = item.Source,
        Topic = item.Topic,
    };
}
