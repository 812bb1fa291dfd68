using System.Diagnostics;
using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>Does one step in its own process: lock, work folder, the step itself, publication.</summary>
internal static class StepWork
{
    /// <summary>Makes the requested artifact, unless another process made it while this one waited for the lock.</summary>
    public static void Do(StepRequest request, StepDefinition definition, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        var store = new ArtifactStore(request.Store);
        using var taken = FileLock.Take(store.LockOf(request.Artifact),
            () => progress.Report(new StepReport("waiting for another run that makes the same artifact", 0, null, "")), cancellation);
        if (!request.Redo && Directory.Exists(store.FolderOf(request.Artifact))) return;
        var work = store.WorkFolderOf(request.Artifact);
        if (!definition.Resumable && Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            var started = Stopwatch.GetTimestamp();
            definition.Run(new StepContext(request, store, work, progress, cancellation));
            store.Publish(request, definition, Stopwatch.GetElapsedTime(started).TotalSeconds, cancellation);
        }
        catch
        {
            Clean(work, definition);
            throw;
        }
    }

    /// <summary>Nothing stays behind but what an interrupted step can continue from.</summary>
    private static void Clean(string work, StepDefinition definition)
    {
        if (!Directory.Exists(work)) return;
        if (!definition.Resumable || ContentHash.FilesBelow(work).Count == 0) Directory.Delete(work, recursive: true);
    }
}
