namespace Geobuk.Inference;

/// <summary>Keys and values of one sequence. Belongs to the engine that made it; used by one thread at a time.</summary>
public sealed class KvCache : IDisposable
{
    /// <summary>Tokens held.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens at most.</summary>
    public int Capacity { get; }

    internal KvCache(int capacity) => Capacity = capacity;

    /// <summary>Forgets every token from index <paramref name="length"/> on.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        Length = length;
    }

    /// <inheritdoc/>
    public void Dispose() => throw new NotSupportedException();
}
