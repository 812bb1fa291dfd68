namespace Geobuk.Corpus.Sources;

/// <summary>Something noticed in a document: by its reader, or by what looked at it later.</summary>
/// <param name="Kind">What it is, in snake_case: copy_restricted, image_without_text, marking …</param>
/// <param name="Start">Offset in <see cref="SourceDocument.Text"/>; 0 with a <paramref name="Length"/> of 0 where it concerns the whole document.</param>
/// <param name="Length">UTF-16 units.</param>
/// <param name="Detail">What was found.</param>
public sealed record Finding(string Kind, int Start, int Length, string Detail)
{
    /// <summary>A finding about the whole document.</summary>
    public static Finding OfDocument(string kind, string detail) => new(kind, 0, 0, detail);
}
