namespace Geobuk.Corpus.Sources;

/// <summary>A file that documents are read from.</summary>
/// <param name="Source">The folder or file that the user named.</param>
/// <param name="Path">The file.</param>
/// <param name="Id">The file's path below the source with forward slashes, the same on every machine.</param>
public sealed record SourceFile(string Source, string Path, string Id)
{
    /// <summary>A file named on its own.</summary>
    public static SourceFile Single(string path) => new(path, path, System.IO.Path.GetFileName(path));

    /// <summary>Extension in lower case with its dot.</summary>
    public string Extension => System.IO.Path.GetExtension(Path).ToLowerInvariant();
}
