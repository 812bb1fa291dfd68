using Geobuk.Evaluation.Statistics;

namespace Geobuk.Evaluation.Reports;

/// <summary>One model against the next, on the same documents and questions.</summary>
public sealed record ModelDifference
{
    /// <summary>The earlier model.</summary>
    public required string From { get; init; }
    /// <summary>The later model.</summary>
    public required string To { get; init; }
    /// <summary>Domain perplexity of To divided by From's, with a 95 % bootstrap interval over documents.</summary>
    public DifferenceInterval? DomainRatio { get; init; }
    /// <summary>General perplexity of To divided by From's.</summary>
    public DifferenceInterval? GeneralRatio { get; init; }
    /// <summary>Exam score of To minus From's, with a 95 % bootstrap interval over questions clustered by source.</summary>
    public DifferenceInterval? Exam { get; init; }
    /// <summary>Exact McNemar test of the flips.</summary>
    public McNemarTest? Test { get; init; }
    /// <summary>Questions whose outcome changed; of a large gain only the lost ones.</summary>
    public IReadOnlyList<ExamFlip> Flips { get; init; } = [];
}
