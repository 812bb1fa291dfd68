namespace Geobuk.Recipes;

/// <summary>Documents in, packed token shards out.</summary>
public sealed record CorpusConfig
{
    /// <summary>Folders or files of the domain.</summary>
    public IReadOnlyList<string> Domain { get; init; } = [];
    /// <summary>Folders or files of general text: replay and the measure of forgetting.</summary>
    public IReadOnlyList<string> General { get; init; } = [];
    /// <summary>Share of training tokens taken from general text, 0 to below 1.</summary>
    public double ReplayShare { get; init; }
    /// <summary>Share of documents held out for validation.</summary>
    public double ValidationShare { get; init; } = 0.1;
    /// <summary>Tokens at most in each validation set.</summary>
    public int MaxValidationTokens { get; init; } = 20_000;
    /// <summary>Documents at most per source kind, a deterministic subset; null takes all.</summary>
    public int? MaxDocuments { get; init; }
    /// <summary>Shorter documents are dropped.</summary>
    public int MinCharacters { get; init; } = 20;
}
