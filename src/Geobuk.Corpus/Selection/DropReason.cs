namespace Geobuk.Corpus.Selection;

/// <summary>Why a document is in no set; these words stand in the report.</summary>
public static class DropReason
{
    /// <summary>The file's extension is not read.</summary>
    public const string UnsupportedFormat = "unsupported_format";
    /// <summary>A .jsonl file without a text in any line.</summary>
    public const string NoText = "no_text";
    /// <summary>Nothing is left after normalisation.</summary>
    public const string Empty = "empty";
    /// <summary>Shorter than min_characters.</summary>
    public const string TooShort = "too_short";
    /// <summary>The same text as a document before it.</summary>
    public const string Duplicate = "duplicate";
    /// <summary>Nearly the text of a document before it.</summary>
    public const string NearDuplicate = "near_duplicate";
    /// <summary>Named in cleaning.remove.</summary>
    public const string Removed = "removed";
    /// <summary>In no language of cleaning.languages.</summary>
    public const string Language = "language";
    /// <summary>In force, or published, only after cleaning.as_of.</summary>
    public const string NotYetInForce = "not_yet_in_force";
    /// <summary>A later version of the law was in force on cleaning.as_of.</summary>
    public const string Superseded = "superseded";
    /// <summary>The law had been repealed by cleaning.as_of.</summary>
    public const string Repealed = "repealed";
    /// <summary>Outside the subset of max_documents.</summary>
    public const string MaxDocuments = "max_documents";
    /// <summary>General text that the replay share does not call for.</summary>
    public const string BeyondReplayShare = "beyond_replay_share";
}
