using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Scheduling;

/// <summary>The nodes of a pool that are alike: one kind, one number of devices. A node is a cell, the unit of guarantees.</summary>
public sealed class NodeGroup(int index, PoolConfig pool, string kind, int cellDevices)
{
    /// <summary>The slot of cells that nobody is guaranteed.</summary>
    public const int Shared = 0;

    /// <summary>Place in <see cref="ClusterState.Groups"/>.</summary>
    public int Index { get; } = index;

    /// <summary>Its pool.</summary>
    public PoolConfig Pool { get; } = pool;

    /// <summary>The kind of its devices.</summary>
    public string Kind { get; } = kind;

    /// <summary>Devices of each node.</summary>
    public int CellDevices { get; } = cellDevices;

    /// <summary>Indices of its nodes, in ascending order.</summary>
    public List<int> Nodes { get; } = [];

    /// <summary>Nodes of its largest island.</summary>
    public int LargestIsland { get; internal set; }

    /// <summary>Cells by slot; the first are shared.</summary>
    public int[] Cells { get; set; } = [0];

    /// <summary>The groups of its pool and kind, itself among them: nodes of other sizes, for which the limits below hold together.</summary>
    public IReadOnlyList<NodeGroup> Kin { get; internal set; } = [];

    /// <summary>Nodes' worth that each slot may borrow of the kind.</summary>
    public int[] BorrowLimits { get; set; } = [0];

    /// <summary>Nodes that each slot lends of the kind while they are idle.</summary>
    public int[] LendLimits { get; set; } = [0];
}
