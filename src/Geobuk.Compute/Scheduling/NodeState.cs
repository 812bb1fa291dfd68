using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Scheduling;

/// <summary>One node and what runs on it.</summary>
public sealed class NodeState(int index, int group, int island, NodeConfig config)
{
    /// <summary>No slot's.</summary>
    public const int Unbound = -1;

    /// <summary>Place in <see cref="ClusterState.Nodes"/>.</summary>
    public int Index { get; } = index;

    /// <summary>Index of its group.</summary>
    public int Group { get; } = group;

    /// <summary>Number of its island within the cluster.</summary>
    public int Island { get; } = island;

    /// <summary>What it is.</summary>
    public NodeConfig Config { get; } = config;

    /// <summary>Whether jobs may start here; a lost or drained node takes none.</summary>
    public bool Healthy { get; set; } = true;

    /// <summary>Devices held on their own account.</summary>
    public int Firm { get; set; }

    /// <summary>Devices held on loan.</summary>
    public int Borrowed { get; set; }

    /// <summary>The slot whose cell this node is while firm jobs of that slot run here.</summary>
    public int Owner { get; set; } = Unbound;

    /// <summary>Who runs here.</summary>
    public List<JobState> Jobs { get; } = [];
}
