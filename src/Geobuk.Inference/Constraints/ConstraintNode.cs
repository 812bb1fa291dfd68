namespace Geobuk.Inference.Constraints;

/// <summary>Positions of a <see cref="TokenConstraint"/> that the same tokens may follow, with what was found out of them.</summary>
/// <param name="positions">With counts that stand for others; none where nothing leads on.</param>
/// <param name="isAccepting">The answer may end here.</param>
/// <param name="isCounted">Some position is in a loop whose rounds are counted, so that the node may stand for several counts.</param>
internal sealed class ConstraintNode(Position[] positions, bool isAccepting, bool isCounted)
{
    /// <summary>The positions, sorted.</summary>
    public Position[] Positions => positions;

    /// <summary>The answer may end here.</summary>
    public bool IsAccepting => isAccepting;

    /// <summary>It may stand for several counts.</summary>
    public bool IsCounted => isCounted;

    /// <summary>Nothing leads on.</summary>
    public bool IsDead => positions.Length == 0;

    /// <summary>The node after each byte; null where it is not known yet.</summary>
    public ConstraintNode?[] Next { get; } = new ConstraintNode?[256];

    /// <summary>A bit per token that may come next; null where that is not known yet.</summary>
    public ulong[]? Mask { get; set; }
}
