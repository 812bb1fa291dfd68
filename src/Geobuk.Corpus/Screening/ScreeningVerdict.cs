namespace Geobuk.Corpus.Screening;

/// <summary>What becomes of a document.</summary>
public enum ScreeningVerdict
{
    /// <summary>Nothing found.</summary>
    Clean,
    /// <summary>Personal data was replaced by placeholders.</summary>
    Redacted,
    /// <summary>Must not be used.</summary>
    Quarantined,
}
