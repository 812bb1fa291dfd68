using System.Text.Json;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>
/// Finished artifacts by id, each a folder with a manifest. Work goes on in hidden folders beside them; a folder without a
/// leading dot is always whole, because it got its name by a rename after everything in it was on the disk.
/// </summary>
internal sealed class ArtifactStore(string folder)
{
    private const string WorkPrefix = ".work-";
    private const string OldPrefix = ".old-";
    private const string LockPrefix = ".lock-";
    private const int HashDigits = 12;

    /// <summary>Full path of the store.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>Id of the artifact with this fingerprint: <c>train-0123456789ab</c>.</summary>
    public static string IdOf(string step, string fingerprint) => $"{step}-{fingerprint[..HashDigits]}";

    /// <summary>Where a finished artifact lies.</summary>
    public string FolderOf(string id) => Path.Combine(Folder, id);

    /// <summary>Where an artifact is being made.</summary>
    public string WorkFolderOf(string id) => Path.Combine(Folder, WorkPrefix + id);

    /// <summary>Held by the process that makes the artifact.</summary>
    public string LockOf(string id) => Path.Combine(Folder, LockPrefix + id);

    /// <summary>Why an artifact cannot be used: it is missing or differs from its manifest; null where it is whole.</summary>
    /// <param name="id">The artifact.</param>
    /// <param name="hashes">Compares the content too, not only the sizes.</param>
    /// <param name="cancellation">Stops the hashing.</param>
    public string? Defect(string id, bool hashes, CancellationToken cancellation)
    {
        var artifact = FolderOf(id);
        if (!Directory.Exists(artifact)) return "it does not exist";
        if (Manifest.TryRead(artifact) is not { } manifest) return $"{Manifest.FileName} cannot be read";
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(artifact, file.Path);
            var bytes = ContentHash.SizeOf(path);
            if (bytes is null) return $"{file.Path} is missing";
            if (bytes != file.Bytes) return $"{file.Path} has {bytes} bytes where the manifest says {file.Bytes}";
            if (hashes && ContentHash.OfFile(path, cancellation) != file.Sha256) return $"{file.Path} has other content than the manifest says";
        }
        return null;
    }

    /// <summary>Turns a work folder into the artifact: manifest, everything to the disk, rename.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="definition">The step that did it.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="cancellation">Stops the hashing.</param>
    public void Publish(StepRequest request, StepDefinition definition, double seconds, CancellationToken cancellation)
    {
        var work = WorkFolderOf(request.Artifact);
        var files = ContentHash.FilesBelow(work).Where(path => path != Manifest.FileName)
            .Select(path => Seal(work, path, cancellation)).ToArray();
        var part = definition.Part(request.Recipe);
        Durable.WriteJson(Path.Combine(work, Manifest.FileName), new Manifest
        {
            Id = request.Artifact,
            Step = request.Step,
            StepVersion = definition.Version,
            Fingerprint = request.Fingerprint,
            RecipePart = JsonSerializer.SerializeToNode(part, RecipeJson.Options),
            RecipePartSha256 = RecipeJson.Fingerprint(part),
            Seed = request.Recipe.Seed,
            Parents = request.Parents,
            Inputs = request.Inputs,
            Files = files,
            ToolVersion = Machine.ToolVersion,
            Machine = Machine.Current(),
            Finished = DateTime.UtcNow,
            Seconds = Math.Round(seconds, 3),
            PeakRssBytes = Machine.PeakResidentBytes(),
        });
        foreach (var below in Directory.EnumerateDirectories(work, "*", SearchOption.AllDirectories)) Durable.FlushFolder(below);
        Durable.FlushFolder(work);
        MoveIntoPlace(work, request.Artifact);
    }

    /// <summary>Removes what killed processes left behind and nothing can resume from.</summary>
    /// <param name="keep">Steps whose work folders may be resumed.</param>
    public void Sweep(IReadOnlyCollection<string> keep)
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var path in Directory.EnumerateDirectories(Folder, OldPrefix + "*")) Directory.Delete(path, recursive: true);
        foreach (var path in Directory.EnumerateDirectories(Folder, WorkPrefix + "*"))
        {
            var id = Path.GetFileName(path)[WorkPrefix.Length..];
            if (keep.Any(step => id.StartsWith(step + "-", StringComparison.Ordinal))) continue;
            using var taken = FileLock.TryTake(LockOf(id));
            if (taken is not null) Directory.Delete(path, recursive: true);
        }
        foreach (var path in Directory.EnumerateFiles(Folder, LockPrefix + "*")) FileLock.TryTake(path)?.Dispose();
    }

    private static ManifestFile Seal(string work, string path, CancellationToken cancellation)
    {
        var file = Path.Combine(work, path);
        Durable.Flush(file);
        return new ManifestFile(path, ContentHash.SizeOf(file)!.Value, ContentHash.OfFile(file, cancellation));
    }

    private void MoveIntoPlace(string work, string id)
    {
        var target = FolderOf(id);
        var old = Path.Combine(Folder, OldPrefix + id);
        if (Directory.Exists(target)) Directory.Move(target, old);
        Directory.Move(work, target);
        Durable.FlushFolder(Folder);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    }
}
