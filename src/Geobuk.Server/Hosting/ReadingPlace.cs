namespace Geobuk.Server.Hosting;

/// <summary>A place for texts that are read and not answered (embeddings, reranking), in a model's queue until it is begun.</summary>
internal sealed class ReadingPlace(AdmissionGate gate, QueuedPlace place, int tokens) : IDisposable
{
    /// <summary>Waits for its turn.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => place.Begun.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        place.Dispose();
        gate.LeaveReading(tokens);
    }
}
