namespace Geobuk.Corpus.Sources;

/// <summary>What the first bytes of a file say it is.</summary>
internal enum ContainerKind
{
    /// <summary>Text in some encoding: plain, Markdown, XML, JSON, HTML, CSV.</summary>
    Text,
    /// <summary>A ZIP archive: HWPX, DOCX, XLSX.</summary>
    Zip,
    /// <summary>A compound file: HWP 5, old Office, or an encrypted DOCX.</summary>
    CompoundFile,
    /// <summary>HWP 3 and before.</summary>
    Hwp3,
    /// <summary>PDF.</summary>
    Pdf,
    /// <summary>Parquet.</summary>
    Parquet,
    /// <summary>Something else that is not text: images, programs, other archives.</summary>
    Binary,
}
