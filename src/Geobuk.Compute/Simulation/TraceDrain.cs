namespace Geobuk.Compute.Simulation;

/// <summary>A node takes no jobs from a time on, or takes them again.</summary>
/// <param name="At">Seconds since the trace began; before it where less than 0.</param>
/// <param name="Node">The node, as <c>pool/node</c>.</param>
/// <param name="IsDrained">Whether it takes none.</param>
public sealed record TraceDrain(double At, string Node, bool IsDrained);
