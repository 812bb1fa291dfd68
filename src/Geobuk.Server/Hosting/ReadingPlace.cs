namespace Geobuk.Server.Hosting;

/// <summary>A place for texts that are read and not answered (embeddings, reranking), in a model's queue until it is begun.</summary>
internal sealed class ReadingPlace(AdmissionGate gate, int tokens) : IDisposable
{
    /// <summary>It has left the queue.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>Waits for its turn.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await gate.BeginReadingAsync(cancellationToken);
        IsBegun = true;
    }

    /// <inheritdoc/>
    public void Dispose() => gate.LeaveReading(tokens, IsBegun);
}
