using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Scheduling;

/// <summary>A tenant, what it uses and what it used.</summary>
public sealed class TenantState(int index, int parent, TenantConfig config)
{
    /// <summary>Place in <see cref="ClusterState.Tenants"/>.</summary>
    public int Index { get; } = index;

    /// <summary>Index of the tenant above; -1 at the top.</summary>
    public int Parent { get; } = parent;

    /// <summary>What was configured.</summary>
    public TenantConfig Config { get; internal set; } = config;

    /// <summary>The slot of the nearest tenant upwards that has a guarantee; <see cref="NodeGroup.Shared"/> where none has.</summary>
    public int Slot { get; internal set; }

    /// <summary>Devices held now, of all below it.</summary>
    public int Devices { get; internal set; }

    /// <summary>Device-seconds used, decayed, as of <see cref="UsageAt"/>.</summary>
    public double Usage { get; internal set; }

    /// <summary>When <see cref="Usage"/> was brought up to date.</summary>
    public double UsageAt { get; internal set; }

    /// <summary>Device-seconds spent in all.</summary>
    public double Spent { get; set; }

    /// <summary>Won spent by what is over.</summary>
    public double SpentWon { get; set; }

    /// <summary>Won per second of what runs now.</summary>
    internal double WonRate { get; set; }

    /// <summary>What <see cref="WonRate"/> times the time must be lessened by: each job's rate times when it started.</summary>
    internal double WonOffset { get; set; }

    /// <summary>Goes on from what another holds and used.</summary>
    internal void Resume(TenantState other) =>
        (Devices, Usage, UsageAt, Spent, SpentWon, WonRate, WonOffset) = (other.Devices, other.Usage, other.UsageAt, other.Spent, other.SpentWon, other.WonRate, other.WonOffset);
}
