namespace Geobuk.Recipes;

/// <summary>What further training may cost in general ability, and the search for the weights that keep to it.</summary>
public sealed record ForgettingConfig
{
    /// <summary>General perplexity at most this share above the base's: 0.1 allows 10 % more.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 10, Advice = "0.02 to 0.1 is usual.")]
    public double Limit { get; init; } = 0.1;
    /// <summary>Confidence that the limit is kept, by the paired difference of held-out documents; one-sided.</summary>
    [RecipeKey(Minimum = 0.5, Maximum = 0.999, Advice = "0.95 is usual; 0.5 looks at the measured value alone.")]
    public double Confidence { get; init; } = 0.95;
    /// <summary>End the training at the first validation where the limit is not kept.</summary>
    [RecipeKey]
    public bool Stop { get; init; }
    /// <summary>Points between base (alpha 0) and trained weights (alpha 1) that are tried after training; 0 tries none.</summary>
    [RecipeKey(Minimum = 0, Maximum = 64, Advice = "6 to 12 is usual.")]
    public int Alphas { get; init; }
    /// <summary>The smallest alpha tried; the others lie evenly between it and 1.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0.3 to 0.8 is usual.")]
    public double LowestAlpha { get; init; } = 0.5;
    /// <summary>Bands of neighbouring layers whose alpha is then tried on its own, beside one for embeddings and head; 0 keeps one alpha.</summary>
    [RecipeKey(Minimum = 0, Maximum = 64, Advice = "2 to 4 is usual.")]
    public int LayerBands { get; init; }
}
