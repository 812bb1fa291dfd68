using static TorchSharp.torch;

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
    public void Exchange(Tensor sent, Tensor received) => received.copy_(sent);

    /// <inheritdoc/>
    public void Collect(Tensor own, Tensor all) => all.copy_(own);

    /// <inheritdoc/>
    public void Meet() { }

    /// <inheritdoc/>
    public void Abort(int exitCode) => Environment.Exit(exitCode);

    /// <inheritdoc/>
    public void Dispose() { }
}
