using Geobuk.Training.Modules;

namespace Geobuk.Training;

/// <summary>What one forward and backward pass learns from.</summary>
/// <param name="Sequences">The packed sequences.</param>
/// <param name="Replayed">Those of them, in the same order, that hold text for a teacher to answer; null where there is none.</param>
public sealed record MicroBatch(PackedBatch Sequences, PackedBatch? Replayed) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Sequences.Dispose();
        Replayed?.Dispose();
    }
}
