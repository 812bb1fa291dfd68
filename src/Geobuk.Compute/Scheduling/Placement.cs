namespace Geobuk.Compute.Scheduling;

/// <summary>Where a whole gang runs, and on whose account.</summary>
/// <param name="Charge">The account.</param>
/// <param name="Shares">Devices by node, each node once.</param>
public sealed record Placement(Charge Charge, IReadOnlyList<Share> Shares);
