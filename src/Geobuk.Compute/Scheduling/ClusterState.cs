using Geobuk.Compute.Pools;
using Geobuk.Compute.Tenants;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Everything the scheduler decides from: nodes, tenants, who waits and who runs. It changes only by the methods here; the
/// live service calls them as things happen, the simulator as virtual time passes.
/// </summary>
public sealed class ClusterState
{
    private readonly SortedDictionary<int, Dictionary<int, PendingQueue>> _queues = new(Comparer<int>.Create((a, b) => b.CompareTo(a)));
    private readonly PendingQueue _byAge = new(PendingQueue.BySubmission);
    private readonly Dictionary<string, int> _tenantIndex = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Pool, string Island), int> _islands = [];

    /// <summary>An empty cluster.</summary>
    /// <param name="pools">Pools with their nodes.</param>
    /// <param name="tenants">Tenants; those above them come by themselves.</param>
    /// <param name="reservations">Nodes kept for tenants.</param>
    /// <param name="usageHalfLifeSeconds">How fast use is forgotten.</param>
    public ClusterState(IReadOnlyList<PoolConfig> pools, IReadOnlyList<TenantConfig> tenants, IReadOnlyList<ReservationConfig>? reservations = null,
        double usageHalfLifeSeconds = 7 * 86400)
    {
        UsageHalfLifeSeconds = usageHalfLifeSeconds;
        Reservations = reservations ?? [];
        foreach (var tenant in tenants) TenantOf(tenant.Path, tenant);
        Slots = [-1, .. Tenants.Where(tenant => tenant.Config.Quotas.Count > 0).Select(tenant => tenant.Index)];
        foreach (var tenant in Tenants) tenant.Slot = SlotOf(tenant);
        foreach (var pool in pools) AddPool(pool);
    }

    /// <summary>Nodes of all pools.</summary>
    public List<NodeState> Nodes { get; } = [];

    /// <summary>A node as <c>pool/node</c>.</summary>
    public string NameOf(NodeState node) => $"{Groups[node.Group].Pool.Name}/{node.Config.Name}";

    /// <summary>Groups of like nodes.</summary>
    public List<NodeGroup> Groups { get; } = [];

    /// <summary>Tenants; parents before children.</summary>
    public List<TenantState> Tenants { get; } = [];

    /// <summary>Index of the tenant whose cells a slot stands for; the first is nobody's.</summary>
    public IReadOnlyList<int> Slots { get; }

    /// <summary>Nodes kept for tenants.</summary>
    public IReadOnlyList<ReservationConfig> Reservations { get; }

    /// <summary>Who runs, in no order.</summary>
    public List<JobState> Running { get; } = [];

    /// <summary>Who waits, the oldest first.</summary>
    public IReadOnlyList<JobState> Pending => _byAge;

    /// <summary>How fast use is forgotten.</summary>
    internal double UsageHalfLifeSeconds { get; }

    /// <summary>How many islands there are.</summary>
    internal int Islands => _islands.Count;

    /// <summary>The cohort that a tenant lends and borrows in: its own or the nearest one above; null none.</summary>
    internal string? CohortOf(int tenant)
    {
        for (var index = tenant; index >= 0; index = Tenants[index].Parent)
            if (Tenants[index].Config.Cohort is { } cohort) return cohort;
        return null;
    }

    /// <summary>What was configured of a tenant and of those above it.</summary>
    internal IEnumerable<TenantConfig> ConfigsOf(int tenant)
    {
        for (var index = tenant; index >= 0; index = Tenants[index].Parent) yield return Tenants[index].Config;
    }

    /// <summary>Whether a tenant is another or below it.</summary>
    internal static bool IsWithin(string tenant, string owner) =>
        tenant == owner || (tenant.StartsWith(owner, StringComparison.Ordinal) && tenant[owner.Length] == '/');

    /// <summary>Waiting jobs for which others are leaving.</summary>
    internal List<JobState> Claimants { get; } = [];

    /// <summary>Whether some tenant may hold so many devices only.</summary>
    internal bool HasBounds { get; private set; }

    /// <summary>Changes whenever anything does.</summary>
    public long Version { get; private set; }

    /// <summary>When preemption for the sake of order was last considered.</summary>
    public double LastOrderPreemption { get; set; } = double.NegativeInfinity;

    /// <summary>The queues, highest priority first, one per tenant.</summary>
    internal IEnumerable<KeyValuePair<int, Dictionary<int, PendingQueue>>> Queues => _queues;

    /// <summary>The tenant of a path, made with those above it where it is new.</summary>
    public TenantState TenantOf(string path, TenantConfig? config = null)
    {
        HasBounds |= config?.MaxDevices is not null;
        if (_tenantIndex.TryGetValue(path, out var index))
        {
            if (config is not null) Tenants[index].Config = config;
            return Tenants[index];
        }
        var slash = path.LastIndexOf('/');
        var parent = slash < 0 ? -1 : TenantOf(path[..slash]).Index;
        var tenant = new TenantState(Tenants.Count, parent, config ?? new TenantConfig { Path = path });
        if (Slots is not null) tenant.Slot = SlotOf(tenant);
        Tenants.Add(tenant);
        _tenantIndex[path] = tenant.Index;
        return tenant;
    }

    /// <summary>A job begins to wait; its rank must be set.</summary>
    public void Enqueue(JobState job, double rank, double now)
    {
        job.Tenant = TenantOf(job.Spec.Tenant).Index;
        job.Rank = rank;
        job.QueuedAt = now;
        if (!_queues.TryGetValue(job.Spec.Priority, out var tenants)) _queues[job.Spec.Priority] = tenants = [];
        if (!tenants.TryGetValue(job.Tenant, out var queue)) tenants[job.Tenant] = queue = new PendingQueue(PendingQueue.ByRank);
        queue.Add(job);
        _byAge.Add(job);
        Version++;
    }

    /// <summary>A waiting job no longer waits.</summary>
    public void Dequeue(JobState job)
    {
        _queues[job.Spec.Priority][job.Tenant].Remove(job);
        _byAge.Remove(job);
        DropClaim(job);
        Version++;
    }

    /// <summary>What was being emptied for a job is anybody's again.</summary>
    public void DropClaim(JobState job)
    {
        if (job.Claim is null) return;
        job.Claim = null;
        Claimants.Remove(job);
        Version++;
    }

    /// <summary>A waiting job's place in its tenant's order is found anew.</summary>
    public void Rerank(JobState job, double rank)
    {
        var queue = _queues[job.Spec.Priority][job.Tenant];
        queue.Remove(job);
        job.Rank = rank;
        queue.Add(job);
    }

    /// <summary>A waiting job starts.</summary>
    public void Start(JobState job, Placement placement, double now)
    {
        Dequeue(job);
        Occupy(job, placement, now);
        job.Starts++;
    }

    /// <summary>A job holds devices, such as one found running when the service came back.</summary>
    public void Occupy(JobState job, Placement placement, double now)
    {
        job.Tenant = TenantOf(job.Spec.Tenant).Index;
        job.Placement = placement;
        job.Started = now;
        job.RankValidUntil = -1;
        if (job.Run is { } run) (run.Seconds, run.Since) = (job.DoneSeconds, now + job.StartupSeconds);
        foreach (var share in placement.Shares)
        {
            var node = Nodes[share.Node];
            node.Jobs.Add(job);
            if (placement.Charge.Borrowed) node.Borrowed += share.Devices;
            else
            {
                node.Firm += share.Devices;
                node.Owner = placement.Charge.Slot;
            }
        }
        Running.Add(job);
        Count(job.Tenant, job.Spec.Devices, now);
        CountWon(job, 1);
        Version++;
    }

    /// <summary>A running job is asked to leave; its devices are kept for another.</summary>
    public void AskToLeave(PreemptJob decision, double now, double deadlineSeconds, bool forOrder)
    {
        decision.Job.LeaveBy = now + deadlineSeconds;
        if (forOrder) decision.Job.OrderPreemptions++;
        if (decision.For is { } job && decision.Claim is { } claim)
        {
            if (job.Claim is null) Claimants.Add(job);
            job.Claim = claim;
            job.ClaimUntil = now + (2 * deadlineSeconds);
        }
        Version++;
    }

    /// <summary>A running job has left its devices: finished, preempted or lost.</summary>
    public void Release(JobState job, double now)
    {
        var placement = job.Placement ?? throw new InvalidOperationException($"job {job.Spec.Id} does not run");
        foreach (var share in placement.Shares)
        {
            var node = Nodes[share.Node];
            node.Jobs.Remove(job);
            if (placement.Charge.Borrowed) node.Borrowed -= share.Devices;
            else node.Firm -= share.Devices;
            if (node.Firm == 0) node.Owner = NodeState.Unbound;
        }
        var last = Running.IndexOf(job);
        Running[last] = Running[^1];
        Running.RemoveAt(Running.Count - 1);
        job.Placement = null;
        job.LeaveBy = null;
        if (job.Run is { Ended: false } run) (run.Seconds, run.Since) = (job.DoneSeconds, double.PositiveInfinity);
        Count(job.Tenant, -job.Spec.Devices, now);
        CountWon(job, -1, placement);
        Version++;
    }

    /// <summary>Decayed device-seconds of a tenant now.</summary>
    public double UsageOf(TenantState tenant, double now)
    {
        var span = Math.Max(0, now - tenant.UsageAt);
        var kept = Math.Pow(0.5, span / UsageHalfLifeSeconds);
        return (tenant.Usage * kept) + (tenant.Devices * (UsageHalfLifeSeconds / Math.Log(2)) * (1 - kept));
    }

    /// <summary>Device-seconds spent by a tenant up to now.</summary>
    public static double SpentOf(TenantState tenant, double now) => tenant.Spent + (tenant.Devices * Math.Max(0, now - tenant.UsageAt));

    /// <summary>Won spent by a tenant up to now: what is in the ledger, and what those who run have cost so far.</summary>
    public static double WonOf(TenantState tenant, double now) => tenant.SpentWon + Math.Max(0, (tenant.WonRate * now) - tenant.WonOffset);

    /// <summary>What the ledger says that was spent, entries in the order of their time.</summary>
    public void Spent(string path, double deviceSeconds, double won, double at)
    {
        for (var tenant = TenantOf(path); ; tenant = Tenants[tenant.Parent])
        {
            tenant.Usage = UsageOf(tenant, at) + deviceSeconds;
            tenant.UsageAt = Math.Max(tenant.UsageAt, at);
            tenant.Spent += deviceSeconds;
            tenant.SpentWon += won;
            if (tenant.Parent < 0) return;
        }
    }

    private void CountWon(JobState job, int sign, Placement? placement = null)
    {
        var rate = job.Spec.Devices * Groups[Nodes[(placement ?? job.Placement!).Shares[0].Node].Group].Pool.WonPerDeviceHour / 3600;
        if (rate == 0) return;
        for (var index = job.Tenant; index >= 0; index = Tenants[index].Parent)
        {
            Tenants[index].WonRate += sign * rate;
            Tenants[index].WonOffset += sign * rate * job.Started;
        }
    }

    /// <summary>
    /// When a tenant's budget is spent if it goes on using devices as it did lately (the mean of its decayed use), in seconds since
    /// 1970; null without a budget or without use.
    /// </summary>
    public double? SpentUp(TenantState tenant, double now)
    {
        if (tenant.Config.Budget is not { } budget) return null;
        var (spent, devices) = (SpentOf(tenant, now), UsageOf(tenant, now) * Math.Log(2) / UsageHalfLifeSeconds);
        if (devices <= 0 || spent <= 0) return null;
        var left = Math.Min(budget.GpuHours is { } hours ? hours * 3600 - spent : double.PositiveInfinity,
            budget.Won is { } won && WonOf(tenant, now) is > 0 and var paid ? (won - paid) / (paid / spent) : double.PositiveInfinity);
        return double.IsPositiveInfinity(left) ? null : now + (Math.Max(0, left) / devices);
    }

    private void Count(int tenant, int devices, double now)
    {
        for (var index = tenant; index >= 0; index = Tenants[index].Parent)
        {
            var state = Tenants[index];
            // What began before the latest time that is counted to, as found after a restart, has held its devices since then, too.
            var before = Math.Max(0, devices) * Math.Max(0, state.UsageAt - now);
            state.Spent = SpentOf(state, now) + before;
            state.Usage = UsageOf(state, now) + before;
            state.UsageAt = Math.Max(state.UsageAt, now);
            state.Devices += devices;
        }
    }

    private int SlotOf(TenantState tenant)
    {
        for (var index = tenant.Index; index >= 0; index = index < Tenants.Count ? Tenants[index].Parent : tenant.Parent)
            for (var slot = 1; slot < Slots.Count; slot++)
                if (Slots[slot] == index) return slot;
        return NodeGroup.Shared;
    }

    private int IslandOf(string pool, string island)
    {
        if (!_islands.TryGetValue((pool, island), out var index)) _islands[(pool, island)] = index = _islands.Count;
        return index;
    }

    private void AddPool(PoolConfig pool)
    {
        var first = Groups.Count;
        // Who asks for no kind has no need of GPUs: cores come first.
        foreach (var alike in pool.Nodes.GroupBy(node => (node.Kind, node.Devices)).OrderByDescending(alike => alike.Key.Kind == NodeConfig.Cores).ThenByDescending(alike => alike.Key.Devices))
        {
            var group = new NodeGroup(Groups.Count, pool, alike.Key.Kind, alike.Key.Devices);
            foreach (var node in alike)
            {
                group.Nodes.Add(Nodes.Count);
                Nodes.Add(new NodeState(Nodes.Count, group.Index, IslandOf(pool.Name, node.Island), node));
            }
            group.LargestIsland = group.Nodes.GroupBy(node => Nodes[node].Island).Max(island => island.Count());
            Groups.Add(group);
        }
        foreach (var kind in Groups.Skip(first).GroupBy(group => group.Kind)) ShareOut(pool, [.. kind]);
    }

    /// <summary>Cells of a kind go to the guarantees in order, larger nodes first; what is left is shared.</summary>
    private void ShareOut(PoolConfig pool, IReadOnlyList<NodeGroup> groups)
    {
        var left = groups.Select(group => group.Nodes.Count).ToArray();
        foreach (var group in groups)
        {
            group.Cells = new int[Slots.Count];
            group.BorrowLimits = new int[Slots.Count];
            group.LendLimits = new int[Slots.Count];
            group.Kin = groups;
        }
        for (var slot = 1; slot < Slots.Count; slot++)
        {
            var quota = Tenants[Slots[slot]].Config.Quotas.FirstOrDefault(quota => quota.Pool == pool.Name && quota.Kind == groups[0].Kind);
            var (wanted, had) = (quota?.Cells ?? 0, 0);
            for (var i = 0; i < groups.Count; i++)
            {
                var given = Math.Min(wanted - had, left[i]);
                had += given;
                left[i] -= given;
                groups[i].Cells[slot] = given;
            }
            // Of a kind of which nothing is said a tenant borrows as one does of which nothing at all is said.
            foreach (var group in groups) (group.BorrowLimits[slot], group.LendLimits[slot]) = (quota?.Borrow ?? groups.Sum(of => of.Nodes.Count), Math.Min(quota?.Lend ?? had, had));
        }
        for (var i = 0; i < groups.Count; i++) groups[i].Cells[NodeGroup.Shared] = left[i];
    }
}
