namespace Geobuk.Compute.Service;

/// <summary>What lies in a job's own folder. A job writes there what it likes, links out of it too: none is followed.</summary>
/// <param name="folder">The folder.</param>
public sealed class JobFiles(string folder)
{
    private const int MostListed = 10_000;

    private readonly string _folder = Engines.PlainFile.Real(folder);

    /// <summary>Its files, at most ten thousand.</summary>
    public IReadOnlyList<JobFile> List() => !Directory.Exists(_folder) ? [] :
    [
        .. new DirectoryInfo(_folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true })
            .Take(MostListed).Select(file => new JobFile(Path.GetRelativePath(_folder, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length)).OrderBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>Where a file of it lies.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that path, or it is, or lies behind, a link or outside.</exception>
    public string PathOf(string path)
    {
        var missing = new KeyNotFoundException($"{path}: no such file of the job. geobuk compute files lists them.");
        if (path.Contains('\0', StringComparison.Ordinal)) throw missing;
        var found = Path.GetFullPath(Path.Combine(_folder, path));
        if (!found.StartsWith(Path.GetFullPath(_folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(found)) throw missing;
        for (FileSystemInfo? part = new FileInfo(found); part is not null && part.FullName.Length > _folder.Length; part = new DirectoryInfo(Path.GetDirectoryName(part.FullName)!))
            if (part.LinkTarget is not null) throw missing;
        return found;
    }

    /// <summary>A file of it, opened; null where it is no plain file, or has become a link since it was looked for.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that path, or it is, or lies behind, a link or outside.</exception>
    public FileStream? Open(string path) => Engines.PlainFile.Open(PathOf(path), followLinks: false);
}
