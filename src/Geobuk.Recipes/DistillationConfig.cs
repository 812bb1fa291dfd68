namespace Geobuk.Recipes;

/// <summary>Learning from a teacher's most probable tokens, which are computed once per corpus and stored.</summary>
public sealed record DistillationConfig
{
    /// <summary>The teacher, with the same tokenizer.</summary>
    [RecipeKey(Required = true, Path = PathKind.ModelFolder)]
    public string Teacher { get; init; } = "";
    /// <summary>Tokens kept per place; six bytes each.</summary>
    [RecipeKey(Minimum = 1, Maximum = 4096, Advice = "32 to 128 is usual.")]
    public int TopK { get; init; } = 128;
    /// <summary>Tokens that the teacher reads at once.</summary>
    [RecipeKey(Minimum = 8, Maximum = 1_048_576, Advice = "256 to 4096 is usual.")]
    public int Window { get; init; } = 512;
    /// <summary>Share of the teacher in the loss; the rest is the token itself.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 1, Advice = "0.5 to 1 is usual.")]
    public double Share { get; init; } = 1;
}
