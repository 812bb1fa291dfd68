namespace Geobuk.Inference.Batching;

/// <summary>A lock that serves callers in the order they came, so that every sequence gets its step before any gets a second.</summary>
internal sealed class TurnQueue
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private bool _taken;

    /// <summary>Callers that wait.</summary>
    public int Waiting
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>Waits for the caller's turn, which ends when the result is disposed.</summary>
    public Turn Enter()
    {
        TaskCompletionSource? place = null;
        lock (_lock)
        {
            if (_taken) _waiting.Enqueue(place = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _taken = true;
        }
        place?.Task.Wait();
        return new Turn(this);
    }

    private void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            // The turn passes from hand to hand: a newcomer cannot slip in between.
            _taken = _waiting.TryDequeue(out next);
        }
        next?.SetResult();
    }

    /// <summary>One caller's turn.</summary>
    internal readonly struct Turn(TurnQueue queue) : IDisposable
    {
        public void Dispose() => queue.Leave();
    }
}
