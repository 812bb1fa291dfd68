namespace Geobuk.Recipes;

/// <summary>A whole run as data: parsed, validated, immutable.</summary>
public sealed record Recipe
{
    /// <summary>Version of the format.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1, Advice = "This version of Geobuk reads format 1.")]
    public int Geobuk { get; init; } = 1;
    /// <summary>Names the run's folder.</summary>
    [RecipeKey(Pattern = @"(?!artifacts$)[\p{L}\p{N}_][\p{L}\p{N}_.\-]{0,63}",
        PatternText = "1 to 64 letters, digits, '-', '_' or '.', and not \"artifacts\"", Advice = "It names a folder in the runs folder.")]
    public required string Name { get; init; }
    /// <summary>Seed of everything random.</summary>
    [RecipeKey(Minimum = 0)]
    public int Seed { get; init; } = 17;
    /// <summary>The model that the run starts from.</summary>
    [RecipeKey]
    public required BaseConfig Base { get; init; }
    /// <summary>The documents.</summary>
    [RecipeKey]
    public required CorpusConfig Corpus { get; init; }
    /// <summary>Further training; null stops the chain before it.</summary>
    [RecipeKey]
    public TrainConfig? Train { get; init; }
    /// <summary>Lightweighting; null leaves it out.</summary>
    [RecipeKey]
    public CompressConfig? Compress { get; init; }
    /// <summary>Measurement; null leaves it out.</summary>
    [RecipeKey]
    public EvaluateConfig? Evaluate { get; init; }
}
