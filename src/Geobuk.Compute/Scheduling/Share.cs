namespace Geobuk.Compute.Scheduling;

/// <summary>Devices of a job on one node.</summary>
/// <param name="Node">Index of the node in its cluster.</param>
/// <param name="Devices">How many.</param>
public readonly record struct Share(int Node, int Devices);
