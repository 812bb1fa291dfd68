namespace Geobuk.Corpus.Lineage;

/// <summary>One thing that was done to a document.</summary>
/// <param name="Name">read (decoded and normalised), release (a reviewer's decision), mask, clean, cut.</param>
/// <param name="Sha256">SHA-256 of the text after it, UTF-8.</param>
public sealed record LineageTransform(string Name, string Sha256)
{
    /// <summary>What was replaced or taken out, by kind.</summary>
    public IReadOnlyDictionary<string, int>? Changes { get; init; }
    /// <summary>The item that a reviewer decided on.</summary>
    public string? Decision { get; init; }
    /// <summary>The reviewer and the reason.</summary>
    public string? Because { get; init; }
}
