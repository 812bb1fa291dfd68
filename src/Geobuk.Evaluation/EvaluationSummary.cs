using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Statistics;
using Geobuk.Evaluation.Tasks;

namespace Geobuk.Evaluation;

/// <summary>From raw measurements to scores, intervals and paired differences.</summary>
internal static class EvaluationSummary
{
    private const int MostGains = 60;

    public static ModelResult Model(ModelMeasurements measured, IReadOnlyList<MultipleChoiceItem>? items, IReadOnlySet<string>? dirty) => new()
    {
        Name = measured.Name,
        Bytes = measured.Speed.Bytes,
        Parameters = measured.Speed.Parameters,
        DomainPerplexity = measured.Domain?.Perplexity,
        GeneralPerplexity = measured.General?.Perplexity,
        BitsPerByte = measured.Domain?.BitsPerByte,
        GeneralBitsPerByte = measured.General?.BitsPerByte,
        Exam = measured.Exam is { } exam && items is not null ? Exam(exam, items, dirty) : null,
        LoadSeconds = measured.Speed.LoadSeconds,
        PrefillTps = measured.Speed.PrefillTps,
        DecodeTps = measured.Speed.DecodeTps,
        Kernel = measured.Speed.Kernel,
    };

    public static ModelDifference Difference(ModelMeasurements from, ModelMeasurements to, IReadOnlyList<MultipleChoiceItem>? items)
    {
        var flips = items is null || from.Exam is null || to.Exam is null ? null : ExamFlips.Of(from.Exam, to.Exam, items, ScoringRule.PerCharacter);
        return new ModelDifference
        {
            From = from.Name,
            To = to.Name,
            DomainRatio = Ratio(from.Domain, to.Domain),
            GeneralRatio = Ratio(from.General, to.General),
            Exam = flips?.Difference,
            Test = flips?.Test,
            // After training most changes are gains; the losses are what a reader must see.
            Flips = flips is null ? [] : [.. flips.Flips.Where(flip => flip.Lost), .. flips.Flips.Where(flip => !flip.Lost).Take(MostGains)],
        };
    }

    public static DivergenceResult Divergence(string from, string to, TextDivergence divergence)
    {
        var sorted = divergence.Divergences.Order().ToArray();
        return new DivergenceResult
        {
            From = from,
            To = to,
            Tokens = sorted.Length,
            Mean = sorted.Average(),
            Median = Percentiles.Of(sorted, 0.5),
            P99 = Percentiles.Of(sorted, 0.99),
            SameTop = (double)divergence.SameTop / sorted.Length,
        };
    }

    private static DifferenceInterval? Ratio(PerplexityResult? from, PerplexityResult? to) =>
        from is null || to is null ? null : PerplexityResult.Ratio(from, to);

    private static ExamScore Exam(MultipleChoiceResult exam, IReadOnlyList<MultipleChoiceItem> items, IReadOnlySet<string>? dirty)
    {
        var score = exam.Score(ScoringRule.PerCharacter);
        return new ExamScore
        {
            N = score.N,
            Score = score.Score,
            Low = score.Low,
            High = score.High,
            Accuracy = exam.Score(ScoringRule.Sum).Score,
            Clean = dirty is null ? null : Part(exam, outcome => !dirty.Contains(outcome.Id)),
            Dirty = dirty is null ? null : Part(exam, outcome => dirty.Contains(outcome.Id)),
            Topics = [.. items.Zip(exam.Outcomes).Where(pair => pair.First.Topic is not null).GroupBy(pair => pair.First.Topic!)
                .Select(group => new TopicScore(group.Key, group.Count(), group.Average(pair => pair.Second.IsRight(ScoringRule.PerCharacter) ? 1.0 : 0)))],
        };
    }

    private static ScoreInterval Part(MultipleChoiceResult exam, Func<ChoiceOutcome, bool> chosen) =>
        (exam with { Outcomes = [.. exam.Outcomes.Where(chosen)] }).Score(ScoringRule.PerCharacter);
}
