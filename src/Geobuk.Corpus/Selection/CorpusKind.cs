namespace Geobuk.Corpus.Selection;

/// <summary>What a document is for.</summary>
public enum CorpusKind
{
    /// <summary>Text to adapt to.</summary>
    Domain,
    /// <summary>General text: replay and the measure of forgetting.</summary>
    General,
}
