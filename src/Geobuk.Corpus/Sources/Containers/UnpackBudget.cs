namespace Geobuk.Corpus.Sources.Containers;

/// <summary>How much the parts of one document may still unpack to; shared by all of them.</summary>
/// <param name="path">The file, for messages.</param>
/// <param name="packedBytes">Its size on disk.</param>
internal sealed class UnpackBudget(string path, long packedBytes)
{
    private readonly long _most = Math.Min(ReadLimits.UnpackedBytes, Math.Max(ReadLimits.ExemptBytes, packedBytes * ReadLimits.UnpackRatio));
    private long _used;

    /// <summary>The file, for messages.</summary>
    public string Path => path;

    /// <summary>Counts <paramref name="bytes"/> more.</summary>
    /// <exception cref="RefusedDocumentException">More than the document may unpack to.</exception>
    public void Take(long bytes, string part)
    {
        _used += bytes;
        if (_used > _most)
            throw new RefusedDocumentException(RefusalReason.ArchiveBomb, $"{path}: {part} unpacks to more than {_most} bytes from {packedBytes}; expected a document. Do not use it.");
    }
}
