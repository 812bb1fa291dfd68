namespace Geobuk.Corpus.Sources;

/// <summary>Where a document lies in its file, so that it can be read again without reading what is before it.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Line">Line number from 1; 0 where the document is the whole file.</param>
public readonly record struct DocumentLocation(long Offset, long Length, int Line);
