namespace Geobuk.Compute.Pools;

/// <summary>Nodes kept for one tenant during a span of time.</summary>
/// <param name="Tenant">Who may use them.</param>
/// <param name="Pool">The pool.</param>
/// <param name="Nodes">Names of the nodes.</param>
/// <param name="From">Start, in seconds since 1970.</param>
/// <param name="Until">End, in seconds since 1970.</param>
public sealed record ReservationConfig(string Tenant, string Pool, IReadOnlyList<string> Nodes, double From, double Until);
