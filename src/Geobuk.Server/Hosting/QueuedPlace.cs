namespace Geobuk.Server.Hosting;

/// <summary>A place of a <see cref="PlaceQueue"/>, from the moment that it is asked for until it is disposed, once.</summary>
internal sealed class QueuedPlace : IDisposable
{
    private readonly PlaceQueue _queue;
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal QueuedPlace(PlaceQueue queue) => _queue = queue;

    /// <summary>Done when it has left the queue.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Place in the queue, from 1; 0 when it has left it.</summary>
    public int Position => _queue.PositionOf(this);

    /// <inheritdoc/>
    public void Dispose() => _queue.Leave(this);

    /// <summary>When it left the queue, by the queue's clock.</summary>
    internal long Since { get; private set; }

    internal void Begin(long since)
    {
        Since = since;
        _begun.SetResult();
    }
}
