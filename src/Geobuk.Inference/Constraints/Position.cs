namespace Geobuk.Inference.Constraints;

/// <summary>A state of an automaton with the rounds that were finished of the counted loops it is in, and where it returns to.</summary>
/// <param name="Value">24 bits of the state, 20 of each level's count.</param>
/// <param name="Outer">The call it is in; null outside of calls.</param>
internal readonly record struct Position(ulong Value, Frame? Outer = null) : IComparable<Position>
{
    /// <summary>Loops within loops that are counted; what is repeated within both is built as often as it comes.</summary>
    public const int Levels = 2;

    /// <summary>Stands for any count; no loop has so many rounds.</summary>
    public const int AnyCount = (1 << CountBits) - 1;

    private const int StateBits = 24, CountBits = 20;

    /// <summary>The state.</summary>
    public int State => (int)(Value & ((1UL << StateBits) - 1));

    /// <summary>Calls it is in.</summary>
    public int Depth => Outer?.Depth ?? 0;

    /// <summary>A state outside of loops and calls.</summary>
    public static implicit operator Position(int state) => new((ulong)state);

    /// <summary>Rounds of the loop of a level, outermost 0.</summary>
    public int Count(int level) => (int)(Value >> Shift(level) & Mask);

    /// <summary>The same counts in another state.</summary>
    public Position At(int state) => this with { Value = Value & ~((1UL << StateBits) - 1) | (uint)state };

    /// <summary>The same state with another count.</summary>
    public Position With(int level, int count) => this with { Value = Value & ~(Mask << Shift(level)) | (ulong)count << Shift(level) };

    /// <inheritdoc/>
    public int CompareTo(Position other)
    {
        var order = Value.CompareTo(other.Value);
        if (order != 0 || ReferenceEquals(Outer, other.Outer)) return order;
        order = Depth.CompareTo(other.Depth);
        return order != 0 ? order : Outer!.Return.CompareTo(other.Outer!.Return);
    }

    private static ulong Mask => (1UL << CountBits) - 1;

    private static int Shift(int level) => StateBits + level * CountBits;
}
