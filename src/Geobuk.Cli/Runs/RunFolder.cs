using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>The folder of one run: its record, the resolved recipe, logs, and links to its artifacts.</summary>
internal sealed class RunFolder : IDisposable
{
    private static readonly string[] Reports = ["report.html", "report.json"];

    private readonly FileLock _lock;
    private readonly bool _isNew, _rootIsNew;

    /// <summary>Opens or creates the folder and keeps other processes out of it.</summary>
    /// <exception cref="UserInputException">The run is going on already.</exception>
    public RunFolder(string folder, Recipe recipe)
    {
        Location = Path.Combine(folder, recipe.Name);
        (_isNew, _rootIsNew) = (!Directory.Exists(Location), !Directory.Exists(folder));
        _lock = FileLock.TryTake(At(".lock"))
            ?? throw new UserInputException($"{Location}: the run is going on in another process; expected one at a time. Wait for it, or give another name with --set name=…");
        Directory.CreateDirectory(At("steps"));
        Directory.CreateDirectory(At("logs"));
        Durable.WriteJson(At("recipe.json"), recipe);
    }

    /// <summary>The folder as the user named it.</summary>
    public string Location { get; }

    public string RequestFileOf(string step) => At("steps", step + ".json");

    public string LogFileOf(string step) => At("logs", step + ".log");

    public void Write(RunRecord record) => Durable.WriteJson(At(RunRecord.FileName), record);

    /// <summary>Makes a name in this folder, such as <c>runs/quickstart/light</c>, lead to an artifact; does without where links are not allowed.</summary>
    public void Link(string name, string artifact, ArtifactStore store)
    {
        var link = At(name);
        try
        {
            if (new FileInfo(link).LinkTarget is not null) Unlink(link);
            Directory.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetFullPath(Location), store.FolderOf(artifact)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Windows allows links to few users, and the user may have put a folder there; the record names the artifacts anyway.
        }
    }

    /// <summary>Copies the report out of its artifact; null where there is none.</summary>
    /// <returns>Name of the page within this folder.</returns>
    public string? CopyReport(string artifactFolder)
    {
        foreach (var name in Reports)
            if (File.Exists(Path.Combine(artifactFolder, name)))
                Durable.Copy(Path.Combine(artifactFolder, name), At(name));
        return File.Exists(At(Reports[0])) ? Reports[0] : null;
    }

    /// <summary>Leaves nothing of a run whose input was wrong before anything was finished; a folder that was there before stays.</summary>
    public void Discard()
    {
        _lock.Dispose();
        if (_isNew) Directory.Delete(Location, recursive: true);
        var root = Path.GetDirectoryName(Location)!;
        foreach (var folder in new[] { Path.Combine(root, Runner.ArtifactsFolder), root })
            if (_rootIsNew && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
    }

    public void Dispose() => _lock.Dispose();

    private static void Unlink(string link)
    {
        if (OperatingSystem.IsWindows()) Directory.Delete(link);
        else File.Delete(link);
    }

    private string At(params string[] parts) => Path.Combine([Location, .. parts]);
}
