using Geobuk.Models;

namespace Geobuk.Corpus.Sources;

/// <summary>The files below the folders that the user named, in ordinal order of their ids, hidden files left out.</summary>
internal sealed class SourceListing
{
    /// <summary>Files with an extension that is read.</summary>
    public List<SourceFile> Files { get; } = [];
    /// <summary>Files with another extension.</summary>
    public List<SourceFile> Unsupported { get; } = [];
    /// <summary>One message per folder that is missing or cannot be listed.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Lists <paramref name="sources"/>; <paramref name="key"/> names the recipe's key in messages.</summary>
    public static SourceListing Of(IReadOnlyList<string> sources, string key)
    {
        var listing = new SourceListing();
        foreach (var source in sources) listing.AddSource(source, key);
        return listing;
    }

    private void AddSource(string source, string key)
    {
        if (File.Exists(source))
        {
            Add(new SourceFile(source, source, Path.GetFileName(source)));
            return;
        }
        if (!Directory.Exists(source))
        {
            Problems.Add($"{source}: no such file or folder; expected the documents of {key}. Correct the path; it is taken from the working directory.");
            return;
        }
        var before = Files.Count;
        var problemsBefore = Problems.Count;
        Walk(source, new DirectoryInfo(source), "");
        if (Files.Count == before && Problems.Count == problemsBefore)
            Problems.Add($"{source}: no readable document; expected files ending in {string.Join(", ", DocumentReaders.Extensions)}. {Seen(source)}");
    }

    private string Seen(string source)
    {
        var seen = Unsupported.Where(file => file.Source == source).Select(file => file.Extension).Distinct().Order(StringComparer.Ordinal).Take(8).ToList();
        return seen.Count == 0 ? "The folder is empty. Put documents there or correct the path." : $"It holds only {string.Join(", ", seen)}. Convert them or correct the path.";
    }

    private void Walk(string source, DirectoryInfo folder, string prefix)
    {
        foreach (var entry in Entries(folder))
        {
            if (entry is FileInfo) Add(new SourceFile(source, entry.FullName, prefix + entry.Name));
            // A linked folder may lead back to its own parent.
            else if (entry.LinkTarget is null) Walk(source, (DirectoryInfo)entry, $"{prefix}{entry.Name}/");
        }
    }

    private List<FileSystemInfo> Entries(DirectoryInfo folder)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos().Where(entry => entry.Name[0] != '.').OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Problems.Add(FileContent.Unreadable(folder.FullName, e).Message);
            return [];
        }
    }

    private void Add(SourceFile file) => (DocumentReaders.Extensions.Contains(file.Extension) ? Files : Unsupported).Add(file);
}
