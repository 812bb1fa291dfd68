namespace Geobuk.Corpus;

/// <summary>Maps a sequence on many threads; results come in the order of the inputs and few are ahead of the reader.</summary>
internal static class OrderedParallel
{
    // One long document must not leave the other threads without work.
    private const int AheadPerThread = 8;

    /// <summary>Stopping early cancels what is under way and waits for it.</summary>
    /// <param name="inputs">In order.</param>
    /// <param name="map">Called on any thread.</param>
    /// <param name="parallel">How many threads, as many as the machine has where it does not say; and what stops them.</param>
    public static IEnumerable<TOut> Select<TIn, TOut>(IReadOnlyList<TIn> inputs, Func<TIn, TOut> map, ParallelOptions parallel)
    {
        var cancellation = parallel.CancellationToken;
        var threads = parallel.MaxDegreeOfParallelism > 0 ? parallel.MaxDegreeOfParallelism : Environment.ProcessorCount;
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<TOut>>();
        var next = 0;
        try
        {
            while (next < inputs.Count || running.Count > 0)
            {
                while (next < inputs.Count && running.Count < AheadPerThread * threads)
                {
                    var input = inputs[next++];
                    running.Enqueue(Task.Factory.StartNew(() => map(input), stop.Token, TaskCreationOptions.None, scheduler));
                }
                yield return running.Dequeue().WaitAsync(cancellation).GetAwaiter().GetResult();
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var task in running) task.ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }
}
