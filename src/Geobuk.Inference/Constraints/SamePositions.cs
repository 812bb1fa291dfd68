namespace Geobuk.Inference.Constraints;

/// <summary>Sets of positions, sorted, by what is in them.</summary>
internal sealed class SamePositions : IEqualityComparer<Position[]>
{
    /// <summary>The only one.</summary>
    public static SamePositions Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(Position[]? x, Position[]? y) => x.AsSpan().SequenceEqual(y);

    /// <inheritdoc/>
    public int GetHashCode(Position[] positions)
    {
        var hash = new HashCode();
        foreach (var position in positions) hash.Add(position);
        return hash.ToHashCode();
    }
}
