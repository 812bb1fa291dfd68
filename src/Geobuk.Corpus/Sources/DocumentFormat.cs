using Geobuk.Models;

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
        new(name, extensions, container, file => [Guarded(parse, file)]);

    // One document that a reader did not foresee must not end a corpus of a million.
    private static SourceDocument Guarded(Func<byte[], SourceFile, SourceDocument> parse, SourceFile file)
    {
        var bytes = FileContent.ReadWhole(file.Path);
        try
        {
            return parse(bytes, file);
        }
        catch (Exception e) when (e is not (UserInputException or OutOfMemoryException or OperationCanceledException))
        {
            throw new RefusedDocumentException(RefusalReason.ReaderFault, $"{file.Path}: the reader failed ({e.GetType().Name}: {e.Message.Split('\n')[0]}); expected it to read or refuse. Report the file.", e);
        }
    }
}
