namespace Geobuk.Recipes;

/// <summary>What is measured on base, adapted and light model.</summary>
public sealed record EvaluateConfig
{
    /// <summary>Multiple-choice exam in JSON lines; null measures none.</summary>
    public string? Exam { get; init; }
    /// <summary>Questions at most; null asks all.</summary>
    public int? ExamLimit { get; init; }
    /// <summary>Validation tokens for the KL divergence of light against adapted.</summary>
    public int KlTokens { get; init; } = 10_000;
    /// <summary>Prompt tokens of the speed measurement.</summary>
    public int SpeedPrompt { get; init; } = 256;
    /// <summary>Generated tokens of the speed measurement.</summary>
    public int SpeedGenerate { get; init; } = 32;
}
