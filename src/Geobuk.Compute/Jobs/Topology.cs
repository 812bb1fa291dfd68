namespace Geobuk.Compute.Jobs;

/// <summary>How close a gang's workers must be.</summary>
public enum Topology
{
    /// <summary>Anywhere in one pool, close if it costs nothing.</summary>
    Any,

    /// <summary>All in one island.</summary>
    Island,

    /// <summary>All on one node.</summary>
    Node,
}
