namespace Geobuk.Corpus.Sources;

/// <summary>A format that is read.</summary>
/// <param name="Name">As reports call it.</param>
/// <param name="Extensions">In lower case with their dot.</param>
/// <param name="Container">What its files begin with; anything else under these extensions is refused unread.</param>
/// <param name="Read">Every document of a file, one at a time. Throws <see cref="RefusedDocumentException"/>.</param>
internal sealed record DocumentFormat(
    string Name, IReadOnlyList<string> Extensions, ContainerKind Container, Func<SourceFile, IEnumerable<SourceDocument>> Read)
{
    /// <summary>Reads one document again by its place, for formats that hold many in a file.</summary>
    public Func<SourceFile, DocumentLocation, SourceDocument>? ReadAt { get; init; }

    /// <summary>A format with one document per file, read from the file's bytes.</summary>
    public static DocumentFormat Whole(string name, string[] extensions, ContainerKind container, Func<byte[], SourceFile, SourceDocument> parse) =>
        new(name, extensions, container, file => [parse(FileContent.ReadWhole(file.Path), file)]);
}
