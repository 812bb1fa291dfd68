using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Runs;

/// <summary>What a step gets to do its work.</summary>
/// <param name="Request">What is asked for.</param>
/// <param name="Store">Where finished artifacts lie.</param>
/// <param name="OutputFolder">Where results go; of a resumable step it may hold an earlier attempt.</param>
/// <param name="Progress">Receives progress.</param>
/// <param name="Workers">This process among those that do the step together.</param>
/// <param name="Cancellation">Asks the step to save and stop, by <see cref="OperationCanceledException"/>.</param>
internal sealed record StepContext(
    StepRequest Request, ArtifactStore Store, string OutputFolder, IProgress<StepReport> Progress, ICollective Workers, CancellationToken Cancellation)
{
    /// <summary>The validated recipe.</summary>
    public Recipe Recipe => Request.Recipe;

    /// <summary>Folder of a parent's artifact.</summary>
    public string Parent(string step) => Store.FolderOf(Request.Parents[step]);

    /// <summary>Folder of a parent's artifact, or null where the recipe leaves the step out.</summary>
    public string? ParentOrNull(string step) => Request.Parents.TryGetValue(step, out var id) ? Store.FolderOf(id) : null;
}
