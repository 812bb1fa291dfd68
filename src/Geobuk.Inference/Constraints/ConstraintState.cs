namespace Geobuk.Inference.Constraints;

/// <summary>Where an answer is in a <see cref="TokenConstraint"/>.</summary>
/// <param name="Positions">With the true counts of loops.</param>
/// <param name="Node">The node of the constraint that says which tokens may follow: 0 where none may.</param>
internal sealed record ConstraintState(Position[] Positions, int Node);
