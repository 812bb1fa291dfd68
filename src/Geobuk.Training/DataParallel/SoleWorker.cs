namespace Geobuk.Training.DataParallel;

/// <summary>A training in one process.</summary>
public sealed class SoleWorker : ICollective
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Workers => 1;

    /// <inheritdoc/>
    public double[][] Gather(ReadOnlySpan<double> own) => [own.ToArray()];

    /// <inheritdoc/>
    public void Exchange(ReadOnlySpan<float> sent, Span<float> received) => sent.CopyTo(received);

    /// <inheritdoc/>
    public void Collect(ReadOnlySpan<float> own, Span<float> all) => own.CopyTo(all);

    /// <inheritdoc/>
    public void Meet() { }

    /// <inheritdoc/>
    public void Abort(int exitCode) => Environment.Exit(exitCode);

    /// <inheritdoc/>
    public void Dispose() { }
}
