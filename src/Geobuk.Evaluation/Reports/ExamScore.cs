using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Reports;

/// <summary>An exam's outcome for one model.</summary>
public sealed record ExamScore
{
    /// <summary>Questions.</summary>
    public required int N { get; init; }
    /// <summary>Share answered rightly, choices compared per character (acc_norm).</summary>
    public required double Score { get; init; }
    /// <summary>Lower 95 % Wilson bound.</summary>
    public required double Low { get; init; }
    /// <summary>Upper 95 % Wilson bound.</summary>
    public required double High { get; init; }
    /// <summary>Share answered rightly by the plain sum (acc).</summary>
    public required double Accuracy { get; init; }
    /// <summary>The questions that share no window of characters with the training text; null where they were not compared.</summary>
    public ScoreInterval? Clean { get; init; }
    /// <summary>The questions that do.</summary>
    public ScoreInterval? Dirty { get; init; }
    /// <summary>Score by the file's topics.</summary>
    public IReadOnlyList<TopicScore> Topics { get; init; } = [];
}
