namespace Geobuk.Corpus.Synthesis;

/// <summary>A training text made of one article's facts.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="Source">Id of the article, as in 병역법/제5조.</param>
/// <param name="Kind">Kind of the fact.</param>
/// <param name="Text">What is trained on.</param>
public sealed record SyntheticText(string Id, string Source, FactKind Kind, string Text);
