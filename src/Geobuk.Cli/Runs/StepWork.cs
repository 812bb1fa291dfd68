using System.Diagnostics;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Runs;

/// <summary>Does one step in its own process: lock, work folder, the step itself, publication.</summary>
internal static class StepWork
{
    /// <summary>Makes the requested artifact, unless another process made it while this one waited for the lock.</summary>
    public static void Do(StepRequest request, StepDefinition definition, IProgress<StepReport> progress, ICollective workers, CancellationToken cancellation)
    {
        var store = new ArtifactStore(request.Store);
        using var taken = FileLock.Take(store.LockOf(request.Artifact),
            () => progress.Report(new StepReport("waiting for another run that makes the same artifact", 0, null, "")), cancellation);
        if (!request.Redo && Directory.Exists(store.FolderOf(request.Artifact)))
        {
            Tell(workers, goes: false);
            return;
        }
        var work = store.WorkFolderOf(request.Artifact);
        if (!definition.Resumable && Directory.Exists(work)) Directory.Delete(work, recursive: true);
        Directory.CreateDirectory(work);
        try
        {
            var started = Stopwatch.GetTimestamp();
            Tell(workers, goes: true);
            definition.Run(new StepContext(request, store, work, progress, workers, cancellation));
            store.Publish(request, definition, Stopwatch.GetElapsedTime(started).TotalSeconds, cancellation);
        }
        catch
        {
            Clean(work, definition);
            throw;
        }
    }

    /// <summary>Does another worker's part of the same step, in the first one's work folder.</summary>
    public static void Assist(StepRequest request, StepDefinition definition, ICollective workers, CancellationToken cancellation)
    {
        // The first one may wait for its lock; this one sleeps meanwhile.
        workers.Meet();
        if (workers.Gather([])[0] is [0]) return;
        var store = new ArtifactStore(request.Store);
        definition.Run(new StepContext(request, store, store.WorkFolderOf(request.Artifact), new Progress<StepReport>(), workers, cancellation));
    }

    private static void Tell(ICollective workers, bool goes)
    {
        workers.Meet();
        workers.Gather([goes ? 1 : 0]);
    }

    /// <summary>Nothing stays behind but what an interrupted step can continue from.</summary>
    private static void Clean(string work, StepDefinition definition)
    {
        if (!Directory.Exists(work)) return;
        if (!definition.Resumable || ContentHash.FilesBelow(work).Count == 0) Directory.Delete(work, recursive: true);
    }
}
