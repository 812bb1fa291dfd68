using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// What is free during one cycle: a copy of the cluster's counts from which starts and promises are taken. Within a cycle there
/// is only ever less, so a shape of job that did not fit once is not looked at again.
/// </summary>
internal sealed class CapacityView
{
    // Limits are nodes' worth, in which devices of nodes of several sizes are fractions.
    private const double Rounding = 1e-6;

    private readonly ClusterState _state;
    private readonly double _now, _soonest;
    private readonly int[] _available;
    private readonly int[] _owner;
    private readonly int[] _honoured;
    private readonly int[][] _firm;
    private readonly int[][] _bound;
    private readonly int[][] _borrowed;
    private readonly Dictionary<(int Group, string Cohort), int> _lent = [];
    private readonly Dictionary<Shape, double> _failed = [];
    private readonly double[] _promisedAt;
    private readonly int[] _promisedTo;
    private readonly int[] _spare;
    private readonly List<(ReservationConfig Reservation, HashSet<int> Nodes)> _reservations = [];

    /// <param name="state">The cluster.</param>
    /// <param name="now">The time.</param>
    /// <param name="deadline">Seconds before a loan or a span free of reservations ends in which who can leave is asked to: nothing starts only to be asked at once.</param>
    public CapacityView(ClusterState state, double now, double deadline)
    {
        (_state, _now, _soonest) = (state, now, now + deadline);
        var (nodes, slots) = (state.Nodes, state.Slots.Count);
        _available = new int[nodes.Count];
        _owner = new int[nodes.Count];
        _honoured = new int[nodes.Count];
        _promisedAt = new double[nodes.Count];
        _promisedTo = new int[nodes.Count];
        _spare = new int[nodes.Count];
        Array.Fill(_promisedAt, double.PositiveInfinity);
        Array.Fill(_promisedTo, NodeState.Unbound);
        _firm = [.. state.Groups.Select(_ => new int[slots])];
        _bound = [.. state.Groups.Select(_ => new int[slots])];
        _borrowed = [.. state.Groups.Select(_ => new int[slots])];
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            // A node may hold more than it has: it was configured smaller while they ran, and they run to their end.
            _available[i] = node.Healthy ? Math.Max(0, node.Config.Devices - node.Firm - node.Borrowed) : 0;
            _owner[i] = node.Owner;
            Total += _available[i];
            if (node.Owner == NodeState.Unbound) continue;
            _firm[node.Group][node.Owner] += Math.Min(node.Config.Devices, Staying(node));
            _bound[node.Group][node.Owner]++;
        }
        foreach (var job in state.Running)
            if (job.LeaveBy is null && job.Placement!.Charge is { Borrowed: true } charge) CountBorrowed(job.Tenant, charge.Slot, job.Placement, 1);
        foreach (var reservation in state.Reservations.Where(reservation => reservation.Until > now))
            _reservations.Add((reservation, [.. nodes.Where(node => state.Groups[node.Group].Pool.Name == reservation.Pool && reservation.Nodes.Contains(node.Config.Name)).Select(node => node.Index)]));
        KeepClaims();
    }

    /// <summary>Devices free in all.</summary>
    public int Total { get; private set; }

    /// <summary>Where the job fits now, taken from what is free; null where it does not.</summary>
    /// <param name="job">The job.</param>
    /// <param name="end">When it would end.</param>
    public Placement? Fit(JobState job, double end) => Fit(job, end, ChargesOf(job));

    /// <summary>Where the job fits now if one of these accounts pays for it, the first that can; null where it does not.</summary>
    public Placement? Fit(JobState job, double end, IEnumerable<Charge> charges)
    {
        foreach (var charge in charges)
            foreach (var group in _state.Groups)
            {
                if (!Suits(job, group, end)) continue;
                var shape = new Shape(group.Index, charge, job.Spec.Workers, job.Spec.DevicesPerWorker, job.Spec.Topology, _reservations.Count > 0 || charge.Borrowed ? job.Tenant : -1, _reservations.Count > 0 && job.Spec.Preemptible);
                if (_failed.TryGetValue(shape, out var failedEnd) && end >= failedEnd) continue;
                if (MayCharge(job, charge, group) && Place(job, group, charge, node => Available(node, job, charge, end)) is { } placement) return placement;
                _failed[shape] = end;
            }
        return null;
    }

    /// <summary>Accounts that may pay for a job, the best first.</summary>
    public IEnumerable<Charge> ChargesOf(JobState job)
    {
        var slot = _state.Tenants[job.Tenant].Slot;
        if (slot != NodeGroup.Shared) yield return new Charge(slot, false);
        yield return new Charge(NodeGroup.Shared, false);
        if (job.Spec.Preemptible && job.BorrowsFrom <= _now && _state.CohortOf(job.Tenant) is not null) yield return new Charge(slot, true);
    }

    /// <summary>Whether a pool's kind, accreditation and loan suit a job that would end then.</summary>
    public bool Suits(JobState job, NodeGroup group, double end) =>
        NodeConfig.Suits(job.Spec.Kind, group.Kind)
        && (job.Spec.Pool is null || job.Spec.Pool == group.Pool.Name)
        && group.Pool.Accreditation >= job.Spec.Label
        && (group.Pool.Expires is not { } expires || (end <= expires && _soonest < expires));

    /// <summary>Whether an account's own cells are not all held.</summary>
    public bool HasRoom(int slot)
    {
        foreach (var group in _state.Groups)
            if (_firm[group.Index][slot] < group.Cells[slot] * group.CellDevices) return true;
        return false;
    }

    /// <summary>Whether an account has room in a group, counted in whole.</summary>
    public bool MayCharge(JobState job, Charge charge, NodeGroup group)
    {
        if (!charge.Borrowed) return _firm[group.Index][charge.Slot] + job.Spec.Devices <= group.Cells[charge.Slot] * group.CellDevices;
        return job.Spec.Devices <= Loanable(group, job.Tenant)
            && (charge.Slot == NodeGroup.Shared || Cells(group, of => _borrowed[of.Index][charge.Slot]) + ((double)job.Spec.Devices / group.CellDevices) <= group.BorrowLimits[charge.Slot] + Rounding);
    }

    /// <summary>Devices on loan in the cohort of a tenant beyond what is lent any more, after its owners took theirs.</summary>
    public int Overlent(NodeGroup group, int tenant) => _state.CohortOf(tenant) is null ? 0 : -Loanable(group, tenant);

    /// <summary>Devices free on a node for a job that would be charged so.</summary>
    public int Available(int node, JobState job, Charge charge, double end)
    {
        var free = _available[node];
        if (end > _promisedAt[node])
        {
            // What is promised to one account cannot become the cell of another; what is borrowed makes it nobody's.
            if (!charge.Borrowed && charge.Slot != _promisedTo[node]) return 0;
            free = Math.Min(free, _spare[node]);
        }
        if (free <= 0) return 0;
        return IsReserved(node, job, end) ? 0 : free;
    }

    /// <summary>Whether a node is kept for others before a job that would end then has ended.</summary>
    public bool IsReserved(int node, JobState job, double end)
    {
        if (job.Spec.Preemptible) end = Math.Max(end, _soonest);
        foreach (var (reservation, nodes) in _reservations)
            if (end > reservation.From && nodes.Contains(node) && !ClusterState.IsWithin(job.Spec.Tenant, reservation.Tenant)) return true;
        return false;
    }

    /// <summary>A job starts.</summary>
    public void Take(JobState job, Placement placement, double end)
    {
        foreach (var (node, devices) in placement.Shares)
        {
            _available[node] -= devices;
            if (end > _promisedAt[node]) _spare[node] -= devices;
            Total -= devices;
            if (!placement.Charge.Borrowed) Bind(node, placement.Charge.Slot, devices);
        }
        if (placement.Charge.Borrowed) CountBorrowed(job.Tenant, placement.Charge.Slot, placement, 1);
    }

    /// <summary>Devices become a claim: what is free of them now is kept, the rest comes from those who leave.</summary>
    public void Keep(JobState job, Placement claim, IReadOnlyCollection<JobState> leaving)
    {
        foreach (var victim in leaving) Returns(victim);
        foreach (var (node, devices) in claim.Shares)
        {
            var left = leaving.Sum(victim => victim.Placement!.Shares.Where(share => share.Node == node).Sum(share => share.Devices));
            var kept = Math.Min(_available[node], Math.Max(0, devices - left));
            _available[node] -= kept;
            Total -= kept;
            if (!claim.Charge.Borrowed) Bind(node, claim.Charge.Slot, devices);
        }
        if (claim.Charge.Borrowed) CountBorrowed(job.Tenant, claim.Charge.Slot, claim, 1);
    }

    /// <summary>What a borrower holds who has been asked to leave is not lent any more.</summary>
    public void Returns(JobState victim)
    {
        if (victim.Placement!.Charge is { Borrowed: true } charge) CountBorrowed(victim.Tenant, charge.Slot, victim.Placement, -1);
    }

    /// <summary>Whether all devices of a claim are free now.</summary>
    public bool IsClaimFree(JobState job)
    {
        var claim = job.Claim!;
        foreach (var (index, devices) in claim.Shares)
        {
            var node = _state.Nodes[index];
            if (!node.Healthy || node.Config.Devices - node.Firm - node.Borrowed - _honoured[index] < devices) return false;
        }
        return true;
    }

    /// <summary>A claim's job starts: what it takes is not free for other claims on the same nodes, whose victims may still be leaving.</summary>
    public void Honour(JobState job)
    {
        foreach (var (index, devices) in job.Claim!.Shares)
        {
            _honoured[index] += devices;
            // Others who leave the node may be counted for the claim, though it is what is free now that goes to it.
            var node = _state.Nodes[index];
            var left = Math.Max(0, Math.Min(_available[index], node.Config.Devices - node.Firm - node.Borrowed - _honoured[index]));
            Total -= _available[index] - left;
            _available[index] = left;
        }
    }

    /// <summary>Devices held on a node beyond those it has: so many that come free there are nobody's.</summary>
    public int Overhang(int node) => Math.Max(0, _state.Nodes[node].Firm + _state.Nodes[node].Borrowed - _state.Nodes[node].Config.Devices);

    /// <summary>Devices free on a node, whoever they are for.</summary>
    public int Free(int node) => _available[node];

    /// <summary>How many devices of an account's cells would be held beyond its cells.</summary>
    public int Overdrawn(JobState job, Charge charge, NodeGroup group) =>
        _firm[group.Index][charge.Slot] + job.Spec.Devices - (group.Cells[charge.Slot] * group.CellDevices);

    /// <summary>Nodes are promised to a firm account from a time on; what is spare there then may still be taken for longer.</summary>
    public void Promise(Placement promised, double at, Func<int, int> freeThen)
    {
        foreach (var (node, devices) in promised.Shares)
        {
            _promisedAt[node] = at;
            _promisedTo[node] = promised.Charge.Slot;
            _spare[node] = freeThen(node) - devices;
            // It is one of the account's cells already, whether or not anything of the account runs there yet.
            if (_owner[node] == NodeState.Unbound) _bound[_state.Nodes[node].Group][promised.Charge.Slot]++;
        }
    }

    /// <summary>Whether somebody was promised a node before a job that would end then.</summary>
    public bool IsPromised(int node, double end) => end > _promisedAt[node];

    /// <summary>Whether a node has been promised to anybody.</summary>
    public bool IsPromised(int node) => !double.IsPositiveInfinity(_promisedAt[node]);

    /// <summary>Chooses nodes for a whole gang: one node if one suffices, else one island, else the fewest nodes; the tightest fit first.</summary>
    /// <param name="job">The job.</param>
    /// <param name="group">Like nodes.</param>
    /// <param name="charge">The account; a firm one uses its own cells only.</param>
    /// <param name="free">Devices to be had on a node.</param>
    public Placement? Place(JobState job, NodeGroup group, Charge charge, Func<int, int> free)
    {
        var (workers, each) = (job.Spec.Workers, job.Spec.DevicesPerWorker);
        var newCells = charge.Borrowed ? int.MaxValue : group.Cells[charge.Slot] - _bound[group.Index][charge.Slot];
        if (job.Spec.Topology == Topology.Node || job.Spec.Devices <= group.CellDevices)
        {
            if (Tightest(group, charge, job.Spec.Devices, newCells, free) is { } node) return new Placement(charge, [new Share(node, job.Spec.Devices)]);
            if (job.Spec.Topology == Topology.Node || workers == 1) return null;
        }
        var hosts = new List<Host>();
        foreach (var node in group.Nodes)
            if (IsOpenTo(node, charge, newCells) && free(node) / each is > 0 and var room) hosts.Add(new Host(node, Math.Min(room, workers), IsCellOf(node, charge.Slot), free(node)));
        hosts.Sort((a, b) => a.Mine != b.Mine ? b.Mine.CompareTo(a.Mine) : a.Workers != b.Workers ? b.Workers.CompareTo(a.Workers) : a.Free != b.Free ? a.Free.CompareTo(b.Free) : a.Node.CompareTo(b.Node));
        List<Share>? best = null;
        foreach (var island in hosts.GroupBy(host => _state.Nodes[host.Node].Island).Select(island => (Room: island.Sum(host => host.Workers), Hosts: island)).Where(island => island.Room >= workers).OrderBy(island => island.Room))
            if ((best = Fill(island.Hosts, workers, each, newCells)) is not null) break;
        if (best is null && job.Spec.Topology == Topology.Any) best = Fill(hosts, workers, each, newCells);
        return best is null ? null : new Placement(charge, best);
    }

    /// <summary>Devices held for good: who is leaving makes room in its account for whom it leaves; the node itself stays bound until it has.</summary>
    private static int Staying(NodeState node)
    {
        var firm = node.Firm;
        foreach (var job in node.Jobs)
            if (job.LeaveBy is not null && !job.Placement!.Charge.Borrowed) firm -= job.DevicesOn(node.Index);
        return firm;
    }

    private static List<Share>? Fill(IEnumerable<Host> hosts, int workers, int each, int newCells)
    {
        var shares = new List<Share>();
        foreach (var host in hosts)
        {
            if (!host.Mine && newCells != int.MaxValue && newCells-- <= 0) continue;
            var take = Math.Min(host.Workers, workers);
            shares.Add(new Share(host.Node, take * each));
            if ((workers -= take) == 0) return shares;
        }
        return null;
    }

    private int? Tightest(NodeGroup group, Charge charge, int devices, int newCells, Func<int, int> free)
    {
        int? best = null;
        var (bestMine, bestFree) = (false, int.MaxValue);
        foreach (var node in group.Nodes)
        {
            if (!IsOpenTo(node, charge, newCells) || free(node) is var room && room < devices) continue;
            var mine = IsCellOf(node, charge.Slot);
            if (best is not null && (mine == bestMine ? room >= bestFree : bestMine)) continue;
            (best, bestMine, bestFree) = (node, mine, room);
            if (mine && room == devices) break;
        }
        return best;
    }

    /// <summary>Whether an account may use a node: its own cell, or a free one while it has cells left.</summary>
    public bool IsOpenTo(int node, Charge charge, NodeGroup group) =>
        IsOpenTo(node, charge, charge.Borrowed ? int.MaxValue : group.Cells[charge.Slot] - _bound[group.Index][charge.Slot]);

    private bool IsOpenTo(int node, Charge charge, int newCells) =>
        charge.Borrowed || IsCellOf(node, charge.Slot) || (_owner[node] == NodeState.Unbound && newCells > 0);

    /// <summary>Whether a node is a cell of an account: by what runs there, or by promise.</summary>
    private bool IsCellOf(int node, int slot) => _owner[node] == slot || (_owner[node] == NodeState.Unbound && _promisedTo[node] == slot);

    private void Bind(int node, int slot, int devices)
    {
        var group = _state.Nodes[node].Group;
        _firm[group][slot] += devices;
        if (_owner[node] != NodeState.Unbound) return;
        _owner[node] = slot;
        if (_promisedTo[node] != slot) _bound[group][slot]++;
    }

    private void CountBorrowed(int tenant, int slot, Placement placement, int sign)
    {
        var cohort = _state.CohortOf(tenant) ?? "";
        foreach (var (node, devices) in placement.Shares)
        {
            var group = _state.Nodes[node].Group;
            _borrowed[group][slot] += sign * devices;
            _lent[(group, cohort)] = _lent.GetValueOrDefault((group, cohort)) + (sign * devices);
        }
    }

    /// <summary>
    /// Devices of a group that the cohort of a tenant may yet borrow: what its members lend there less what is lent; and of all nodes of the
    /// kind, whatever their sizes, no more nodes' worth than they lend of it.
    /// </summary>
    private int Loanable(NodeGroup group, int tenant)
    {
        var cohort = _state.CohortOf(tenant)!;
        int Idle(NodeGroup of, int slot) => Math.Max(0, (of.Cells[slot] * of.CellDevices) - _firm[of.Index][slot]);
        var (here, ofKind) = (0, 0.0);
        for (var slot = 1; slot < _state.Slots.Count; slot++)
            if (group.LendLimits[slot] > 0 && _state.CohortOf(_state.Slots[slot]) == cohort)
            {
                here += Math.Min(Math.Min(group.LendLimits[slot], group.Cells[slot]) * group.CellDevices, Idle(group, slot));
                if (group.Kin.Count > 1) ofKind += Math.Min(group.LendLimits[slot], Cells(group, of => Idle(of, slot)));
            }
        here -= _lent.GetValueOrDefault((group.Index, cohort));
        return group.Kin.Count == 1 ? here : Math.Min(here, (int)Math.Floor(((ofKind - Cells(group, of => _lent.GetValueOrDefault((of.Index, cohort)))) * group.CellDevices) + Rounding));
    }

    /// <summary>Devices of a kind in nodes' worth, each of the size it is.</summary>
    private static double Cells(NodeGroup group, Func<NodeGroup, int> devices)
    {
        var sum = 0.0;
        foreach (var of in group.Kin) sum += (double)devices(of) / of.CellDevices;
        return sum;
    }

    /// <summary>What victims leave, or have left, is not for others than those for whom they left.</summary>
    private void KeepClaims()
    {
        Dictionary<int, int>? claimed = null;
        foreach (var job in _state.Claimants)
        {
            if (job.ClaimUntil <= _now || job.Claim is not { } claim) continue;
            claimed ??= [];
            foreach (var (node, devices) in claim.Shares)
            {
                claimed[node] = claimed.GetValueOrDefault(node) + devices;
                if (!claim.Charge.Borrowed) Bind(node, claim.Charge.Slot, devices);
            }
            if (claim.Charge.Borrowed) CountBorrowed(job.Tenant, claim.Charge.Slot, claim, 1);
        }
        if (claimed is null) return;
        foreach (var (node, devices) in claimed)
        {
            var leaving = _state.Nodes[node].Jobs.Where(job => job.LeaveBy is not null).Sum(job => job.Placement!.Shares.First(share => share.Node == node).Devices);
            var kept = Math.Min(_available[node], Math.Max(0, devices - leaving));
            _available[node] -= kept;
            Total -= kept;
        }
    }

    private readonly record struct Host(int Node, int Workers, bool Mine, int Free);

    private readonly record struct Shape(int Group, Charge Charge, int Workers, int Each, Topology Topology, int Tenant, bool MakesRoom);
}
