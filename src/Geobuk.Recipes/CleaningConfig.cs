namespace Geobuk.Recipes;

/// <summary>What is taken out of the documents before they become a corpus, and what only reported.</summary>
public sealed record CleaningConfig
{
    /// <summary>Documents nearly equal to one before them; versions of a law, regulations of one pattern and texts under 100 characters are always kept.</summary>
    [RecipeKey]
    public NearDuplicatePolicy NearDuplicates { get; init; } = NearDuplicatePolicy.Drop;
    /// <summary>Jaccard similarity of character shingles from which two documents are nearly equal.</summary>
    [RecipeKey(Minimum = 0.5, Maximum = 1, Advice = "0.7 to 0.9 is usual.")]
    public double NearDuplicateSimilarity { get; init; } = 0.8;
    /// <summary>Characters of a shingle, white space left out.</summary>
    [RecipeKey(Minimum = 2, Maximum = 64, Advice = "5 to 12 is usual for Korean, 24 for English.")]
    public int ShingleCharacters { get; init; } = 8;
    /// <summary>Passages of at least so many characters that stood in the corpus before are cut where they come again, line by line, statutes' articles excepted; null cuts none.</summary>
    [RecipeKey(Minimum = 20, Maximum = 100_000, Advice = "100 is usual.")]
    public int? RepeatedPassageCharacters { get; init; }
    /// <summary>Supplementary provisions (부칙) of statutes.</summary>
    [RecipeKey]
    public SupplementPolicy Supplements { get; init; } = SupplementPolicy.Keep;
    /// <summary>Cut articles, clauses and items of which only the word 삭제 is left.</summary>
    [RecipeKey]
    public bool DropDeletionStubs { get; init; }
    /// <summary>The corpus as it stood on this day: of each law the version in force, of other documents those published by then; null takes all.</summary>
    [RecipeKey(Pattern = @"\d{4}-\d{2}-\d{2}", PatternText = "a day such as 2015-01-01", Advice = "Quote it.")]
    public string? AsOf { get; init; }
    /// <summary>Languages kept, statutes excepted; empty keeps all.</summary>
    [RecipeKey(Choices = ["ko", "en", "zh-Hani", "ja", "other", "und"])]
    public IReadOnlyList<string> Languages { get; init; } = [];
    /// <summary>Documents left out by their id, the id of their law or the SHA-256 of their text.</summary>
    [RecipeKey]
    public IReadOnlyList<string> Remove { get; init; } = [];
}
