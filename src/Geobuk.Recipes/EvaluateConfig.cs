namespace Geobuk.Recipes;

/// <summary>What is measured on base, adapted and light model.</summary>
public sealed record EvaluateConfig
{
    /// <summary>Multiple-choice exam in JSON lines; null measures none.</summary>
    [RecipeKey(Path = PathKind.File)]
    public string? Exam { get; init; }
    /// <summary>Questions at most; null asks all.</summary>
    [RecipeKey(Minimum = 1)]
    public int? ExamLimit { get; init; }
    /// <summary>Validation tokens for the KL divergence of light against adapted.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1_000_000_000, Advice = "10000 is usual.")]
    public int KlTokens { get; init; } = 10_000;
    /// <summary>Prompt tokens of the speed measurement.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1_048_576, Advice = "256 to 512 is usual.")]
    public int SpeedPrompt { get; init; } = 256;
    /// <summary>Generated tokens of the speed measurement.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1_048_576, Advice = "32 to 128 is usual.")]
    public int SpeedGenerate { get; init; } = 32;
}
