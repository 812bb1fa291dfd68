namespace Geobuk.Recipes;

/// <summary>A whole run as data: parsed, validated, immutable.</summary>
public sealed record Recipe
{
    /// <summary>Version of the format.</summary>
    public int Geobuk { get; init; } = 1;
    /// <summary>Names the run's folder.</summary>
    public required string Name { get; init; }
    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 17;
    /// <summary>The model that the run starts from.</summary>
    public required BaseConfig Base { get; init; }
    /// <summary>The documents.</summary>
    public required CorpusConfig Corpus { get; init; }
    /// <summary>Further training; null stops the chain before it.</summary>
    public TrainConfig? Train { get; init; }
    /// <summary>Lightweighting.</summary>
    public CompressConfig? Compress { get; init; }
    /// <summary>Measurement.</summary>
    public EvaluateConfig? Evaluate { get; init; }
}
