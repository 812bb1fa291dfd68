namespace Geobuk.Corpus.Normalization;

/// <summary>A normalised text and what was changed to reach it.</summary>
public readonly record struct NormalizedText(string Text, NormalizationCounts Counts);
