namespace Geobuk.Inference.Constraints;

/// <summary>The ends of a searched text that a part of an expression stands at: unless it is anchored there, anything may come beyond it.</summary>
[Flags]
internal enum RegexEdges
{
    None = 0,
    First = 1,
    Last = 2,
}

/// <summary>A part of a regular expression, ready to be built before any state.</summary>
/// <param name="Build">Builds it at these edges of a searched text before a state and returns its beginning.</param>
/// <param name="Least">Characters at least.</param>
/// <param name="Most">Characters at most; null is without end.</param>
internal sealed record RegexPart(Func<ByteAutomaton, int, RegexEdges, int> Build, long Least, long? Most)
{
    /// <summary>The edges that every way through it is anchored at.</summary>
    public RegexEdges Anchored { get; init; }

    /// <summary>The same with its length within bounds, where it is one character repeated; null where it is not, or nothing is left.</summary>
    public Func<int, int?, RegexPart?>? Within { get; init; }
}
