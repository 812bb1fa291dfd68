using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>What a step gets to do its work.</summary>
/// <param name="Recipe">The validated recipe.</param>
/// <param name="Store">Where finished artifacts lie.</param>
/// <param name="Parents">Artifact of each parent step that the recipe has.</param>
/// <param name="OutputFolder">Where results go; of a resumable step it may hold an earlier attempt.</param>
/// <param name="Progress">Receives progress.</param>
/// <param name="Cancellation">Asks the step to save and stop, by <see cref="OperationCanceledException"/>.</param>
internal sealed record StepContext(
    Recipe Recipe, ArtifactStore Store, IReadOnlyDictionary<string, string> Parents, string OutputFolder,
    IProgress<StepReport> Progress, CancellationToken Cancellation)
{
    /// <summary>Folder of a parent's artifact.</summary>
    public string Parent(string step) => Store.FolderOf(Parents[step]);

    /// <summary>Folder of a parent's artifact, or null where the recipe leaves the step out.</summary>
    public string? ParentOrNull(string step) => Parents.TryGetValue(step, out var id) ? Store.FolderOf(id) : null;
}
