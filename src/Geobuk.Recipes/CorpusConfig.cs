namespace Geobuk.Recipes;

/// <summary>Documents in, packed token shards out.</summary>
public sealed record CorpusConfig
{
    /// <summary>Folders or files of the domain.</summary>
    [RecipeKey(Required = true, MinimumItems = 1, Path = PathKind.Documents)]
    public IReadOnlyList<string> Domain { get; init; } = [];
    /// <summary>Folders or files of general text: replay and the measure of forgetting.</summary>
    [RecipeKey(Path = PathKind.Documents)]
    public IReadOnlyList<string> General { get; init; } = [];
    /// <summary>On what basis the documents of a source may be trained on: by the name of the source, or domain or general for all of them. A document without a basis is quarantined.</summary>
    [RecipeKey(Pattern = LicenseBasis.Pattern, PatternText = LicenseBasis.PatternText, Advice = "A permission needs its reference in brackets.")]
    public IReadOnlyDictionary<string, string> Licenses { get; init; } = new Dictionary<string, string>();
    /// <summary>File of reviewers' decisions on quarantined documents, as geobuk corpus decide writes it; it need not exist yet.</summary>
    [RecipeKey]
    public string? Decisions { get; init; }
    /// <summary>Share of training tokens taken from general text, 0 to below 1.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0.05 to 0.3 is usual.")]
    public double ReplayShare { get; init; }
    /// <summary>Passes over the domain with general text of their own; only after so many does the same text come again.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1000, Advice = "About the number of epochs is usual.")]
    public int ReplayPasses { get; init; } = 1;
    /// <summary>Share of documents held out for validation.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 0.5, Advice = "0.02 to 0.1 is usual.")]
    public double ValidationShare { get; init; } = 0.1;
    /// <summary>Tokens at most in each validation set.</summary>
    [RecipeKey(Minimum = 256, Maximum = 1_000_000_000, Advice = "20000 to 200000 is usual.")]
    public int MaxValidationTokens { get; init; } = 20_000;
    /// <summary>Documents at most per source kind, a deterministic subset; null takes all.</summary>
    [RecipeKey(Minimum = 2)]
    public int? MaxDocuments { get; init; }
    /// <summary>Shorter documents are dropped.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1_000_000)]
    public int MinCharacters { get; init; } = 20;
    /// <summary>What is taken out of the documents.</summary>
    [RecipeKey]
    public CleaningConfig Cleaning { get; init; } = new();

    /// <summary>What <see cref="Licenses"/> may name.</summary>
    public IReadOnlyList<string> LicenseNames() => [.. Domain, .. General, LicenseBasis.Domain, LicenseBasis.General];
}
