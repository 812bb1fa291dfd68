namespace Geobuk.Corpus.Sources;

/// <summary>
/// What one document may cost. A reader checks before it takes: a size in a file is a claim, the bytes that are there are not.
/// </summary>
internal static class ReadLimits
{
    /// <summary>Bytes of a file that is read as one document.</summary>
    public const long FileBytes = 512L << 20;
    /// <summary>Bytes that all parts of one document may unpack to.</summary>
    public const long UnpackedBytes = 256L << 20;
    /// <summary>An archive this many times larger than packed is a bomb; small parts are exempt.</summary>
    public const int UnpackRatio = 100;
    /// <summary>Parts below this size may be packed however well.</summary>
    public const long ExemptBytes = 8L << 20;
    /// <summary>Parts of an archive.</summary>
    public const int ArchiveEntries = 20_000;
    /// <summary>Nesting of tables, boxes, elements of a format's own structure.</summary>
    public const int Depth = 64;
    /// <summary>Nesting of XML or HTML elements.</summary>
    public const int ElementDepth = 512;
    /// <summary>Blocks of a document.</summary>
    public const int Blocks = 4_000_000;
    /// <summary>Cells of a table.</summary>
    public const int Cells = 1_000_000;
    /// <summary>Characters of a document.</summary>
    public const int Characters = 200_000_000;
}
