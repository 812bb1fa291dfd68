namespace Geobuk.Inference.Constraints;

/// <summary>A call of a shared part of an automaton: where it returns to, with the counts and calls of that place. Equal by content.</summary>
/// <param name="place">The position after the call.</param>
/// <param name="isCounted">It, or one that it returns to in turn, is in a loop whose rounds are counted.</param>
internal sealed class Frame(Position place, bool isCounted) : IEquatable<Frame>
{
    private readonly int _hash = HashCode.Combine(place.Value, place.Outer);

    /// <summary>The position after the call.</summary>
    public Position Return => place;

    /// <summary>Some count is in what it returns to.</summary>
    public bool IsCounted => isCounted;

    /// <summary>Calls up to this one.</summary>
    public int Depth { get; } = place.Depth + 1;

    /// <inheritdoc/>
    public bool Equals(Frame? other) =>
        ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Return.Value == other.Return.Value && Equals(Return.Outer, other.Return.Outer));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Frame);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;
}
