using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Service;

/// <summary>A pool for people.</summary>
public sealed record PoolView(string Name, string Provider, DataLabel Accreditation, double? Expires, double? IdleSeconds, IReadOnlyList<NodeView> Nodes);
