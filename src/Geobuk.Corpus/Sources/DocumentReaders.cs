using Geobuk.Corpus.Cleaning;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Corpus.Sources;

/// <summary>The document formats, by file extension. A new format is one reader and one line in each switch here.</summary>
public static class DocumentReaders
{
    /// <summary>Extensions that are read, in lower case with their dot.</summary>
    public static IReadOnlyList<string> Extensions { get; } = [".txt", ".md", ".markdown", ".jsonl"];

    /// <summary>Every readable file below folders that the user named; <paramref name="key"/> names the recipe's key in messages.</summary>
    /// <exception cref="UserInputException">Folders that are missing, empty or unreadable, all at once.</exception>
    public static IReadOnlyList<SourceFile> List(IReadOnlyList<string> sources, string key)
    {
        var listing = SourceListing.Of(sources, key);
        return listing.Problems.Count == 0 ? listing.Files : throw new UserInputException(listing.Problems);
    }

    /// <summary>Reads every document of one file; empty where a .jsonl file carries no text at all.</summary>
    /// <exception cref="UserInputException">Unreadable, not UTF-8, malformed, or an extension that is not read.</exception>
    public static IEnumerable<SourceDocument> Read(string path) => Read(SourceFile.Single(path));

    /// <summary>Reads every document of one file, one at a time.</summary>
    public static IEnumerable<SourceDocument> Read(SourceFile file) =>
        file.Extension == ".jsonl" ? JsonLinesReader.Read(file) : [ReadWhole(file)];

    /// <summary>Reads one document again.</summary>
    public static SourceDocument ReadAt(SourceFile file, DocumentLocation location) =>
        location.Line > 0 ? JsonLinesReader.ReadAt(file, location) : ReadWhole(file);

    private static SourceDocument ReadWhole(SourceFile file)
    {
        if (!Extensions.Contains(file.Extension))
            throw new UserInputException($"{file.Path}: extension '{file.Extension}'; expected one of {string.Join(", ", Extensions)}. Convert the file first.");
        var bytes = FileContent.Read(file.Path, 0, Length(file.Path));
        var text = TextNormalizer.Normalize(StrictUtf8.Decode(bytes, file.Path, 0));
        var location = new DocumentLocation(0, bytes.Length, 0);
        return file.Extension == ".txt" ? PlainTextReader.Parse(text, file, location) : MarkdownReader.Parse(text, file, location);
    }

    private static long Length(string path)
    {
        try
        {
            return FileSize.Of(path);
        }
        catch (IOException e)
        {
            throw FileContent.Unreadable(path, e);
        }
    }
}
