namespace Geobuk.Corpus.Sources;

/// <summary>Why a document was not read; these words stand in reports.</summary>
public static class RefusalReason
{
    /// <summary>Protected by a password or a certificate.</summary>
    public const string Encrypted = "encrypted";
    /// <summary>Protected by rights management.</summary>
    public const string Drm = "drm";
    /// <summary>HWP 3 or older, another format than HWP 5.</summary>
    public const string Hwp3 = "hwp3";
    /// <summary>The content is of another format than the name says.</summary>
    public const string WrongExtension = "wrong_extension";
    /// <summary>The extension, or this kind of content under it, is not read.</summary>
    public const string UnsupportedFormat = "unsupported_format";
    /// <summary>Broken: offsets, sizes or marks that cannot be.</summary>
    public const string Damaged = "damaged";
    /// <summary>Larger, or with more parts, than a document is.</summary>
    public const string TooLarge = "too_large";
    /// <summary>Nested deeper than a document is.</summary>
    public const string TooDeep = "too_deep";
    /// <summary>Unpacks to more than it may.</summary>
    public const string ArchiveBomb = "archive_bomb";
    /// <summary>An archive whose names lead out of it, or stand in it twice.</summary>
    public const string UnsafeArchive = "unsafe_archive";
    /// <summary>XML with a document type definition, which can expand entities and fetch files.</summary>
    public const string DocumentType = "document_type";
    /// <summary>Text in an encoding that cannot be told.</summary>
    public const string Encoding = "encoding";
    /// <summary>No text in it, such as a scan.</summary>
    public const string NoText = "no_text";
    /// <summary>Takes longer to read than a document may.</summary>
    public const string TooSlow = "too_slow";
    /// <summary>The reader failed in a way of its own; the message says how, for its makers.</summary>
    public const string ReaderFault = "reader_fault";
}
