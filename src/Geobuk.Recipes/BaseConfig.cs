namespace Geobuk.Recipes;

/// <summary>The model that a run starts from: an existing folder, or a shape to train from scratch.</summary>
public sealed record BaseConfig
{
    /// <summary>Hugging Face folder; null trains from scratch.</summary>
    [RecipeKey(Path = PathKind.ModelFolder)]
    public string? Model { get; init; }
    /// <summary>Shape of a fresh model.</summary>
    [RecipeKey]
    public ArchitectureConfig? Architecture { get; init; }
    /// <summary>Tokenizer to train for a fresh model, on the corpus' domain folders.</summary>
    [RecipeKey]
    public TokenizerConfig? Tokenizer { get; init; }
}
