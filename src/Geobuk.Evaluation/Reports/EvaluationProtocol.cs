namespace Geobuk.Evaluation.Reports;

/// <summary>The choices that a score depends on.</summary>
public sealed record EvaluationProtocol
{
    /// <summary>Tokens of one perplexity window.</summary>
    public required int Window { get; init; }
    /// <summary>Tokens by which the window moves on.</summary>
    public required int Stride { get; init; }
    /// <summary>Documents in the domain validation set.</summary>
    public required int DomainDocuments { get; init; }
    /// <summary>Documents in the general validation set.</summary>
    public required int GeneralDocuments { get; init; }
    /// <summary>Prompt form of the exam.</summary>
    public string? ExamPrompt { get; init; }
    /// <summary>SHA-256 over the exam's prompts, choices and answers.</summary>
    public string? ExamDigest { get; init; }
    /// <summary>Score of guessing.</summary>
    public double? ExamChance { get; init; }
}
