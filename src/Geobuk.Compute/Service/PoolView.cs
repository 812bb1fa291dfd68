using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Service;

/// <summary>A pool for people.</summary>
public sealed record PoolView(string Name, string Provider, DataLabel Accreditation, double? Expires, double? IdleSeconds, IReadOnlyList<NodeView> Nodes)
{
    /// <summary>The time of all this, in seconds since 1970.</summary>
    public double At { get; init; }
}
