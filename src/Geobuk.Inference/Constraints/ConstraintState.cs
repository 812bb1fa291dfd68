namespace Geobuk.Inference.Constraints;

/// <summary>Where an answer is in a <see cref="TokenConstraint"/>.</summary>
/// <param name="Positions">With the true counts of loops.</param>
/// <param name="Node">Says which tokens may follow.</param>
internal sealed record ConstraintState(Position[] Positions, ConstraintNode Node);
