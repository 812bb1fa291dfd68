namespace Geobuk.Corpus;

/// <summary>Maps a sequence on all cores; results come in the order of the inputs and few are ahead of the reader.</summary>
internal static class OrderedParallel
{
    // One long document must not leave the other threads without work.
    private const int AheadPerThread = 8;

    /// <summary>Stopping early cancels what is under way and waits for it.</summary>
    public static IEnumerable<TOut> Select<TIn, TOut>(IReadOnlyList<TIn> inputs, Func<TIn, TOut> map, int degree, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = new Queue<Task<TOut>>();
        var next = 0;
        try
        {
            while (next < inputs.Count || running.Count > 0)
            {
                while (next < inputs.Count && running.Count < AheadPerThread * degree)
                {
                    var input = inputs[next++];
                    running.Enqueue(Task.Run(() => map(input), stop.Token));
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
