using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>One pass over the queue: what is free, what has been decided so far, and the three things that can be done for a job.</summary>
internal sealed class SchedulingCycle(ClusterState state, SchedulerConfig config, JobRanking ranking, double now)
{
    /// <summary>Looking for victims looks at every node, so a pass looks so often only: in shared cells, and in each tenant's own.</summary>
    private const int SharedSearches = 16, OwnSearches = 4;

    private readonly CapacityView _view = new(state, now, config.CheckpointDeadlineSeconds);
    private readonly VictimTerms _terms = new(state, config, ranking, now);
    private readonly HashSet<JobState> _handled = [];
    private readonly List<(double End, Placement Placement)> _started = [];
    private List<(double End, JobState Job)>? _ends;
    private readonly HashSet<string> _served = [];
    private readonly HashSet<JobState> _promised = [];
    private readonly int[] _searches = new int[state.Slots.Count];
    private int _promises;

    /// <summary>What was decided, in order.</summary>
    public List<Decision> Decisions { get; } = [];

    /// <summary>Devices given out in this pass, by tenant, those below it counted.</summary>
    public Dictionary<int, int> Given { get; } = [];

    /// <summary>Devices that are being emptied for jobs of a tenant, in this pass and before.</summary>
    private Dictionary<int, int> Claimed => field ??= ClaimedBefore();

    /// <summary>What is free.</summary>
    public CapacityView View => _view;

    /// <summary>Whether nothing more can come of this pass.</summary>
    public bool IsExhausted => _view.Total <= 0 && !_terms.AnyVictim;

    /// <summary>Whether a job has been dealt with in this pass.</summary>
    public bool IsHandled(JobState job) => _handled.Contains(job);

    /// <summary>Why the job may not be considered now, after what this pass has given out and emptied for others; null where it may.</summary>
    public Refusal? Refusal(JobState job)
    {
        if (!state.HasBounds) return Admission.Refusal(state, job, now);
        var own = job.Claim is not null && job.ClaimUntil > now ? job.Spec.Devices : 0;
        return Admission.Refusal(state, job, now, tenant => Given.GetValueOrDefault(tenant) + Claimed.GetValueOrDefault(tenant) - own);
    }

    /// <summary>Jobs that ran their time, and jobs on a pool whose loan is over, leave.</summary>
    public void EndOverdue()
    {
        foreach (var job in state.Running)
            if (job.Worked(now) >= job.Spec.MaxRunSeconds && job.LeaveBy is null)
                Decisions.Add(new StopJob(job, job.Overrun(now)));
            else if (job.LeaveBy is null && state.Groups[state.Nodes[job.Placement!.Shares[0].Node].Group].Pool is { Expires: { } expires } pool && now + config.CheckpointDeadlineSeconds >= expires)
                Decisions.Add(new PreemptJob(job, null, null, new(Phrase.LoanEnds, pool.Name)));
            else if (job.LeaveBy is null && job.Spec.Preemptible && job.Placement!.Shares.FirstOrDefault(share => _view.IsReserved(share.Node, job, now + config.CheckpointDeadlineSeconds)) is { Devices: > 0 } share)
                Decisions.Add(new PreemptJob(job, null, null, new(Phrase.NodeReserved, state.Nodes[share.Node].Config.Name)));
            else if (job.LeaveBy is null && Admission.HardStop(state, job, now) is { } reason)
                Decisions.Add(new PreemptJob(job, null, null, reason));
    }

    /// <summary>Jobs for which others left start first: what was emptied for them is theirs.</summary>
    public void HonourClaims()
    {
        TakeBackAll();
        foreach (var job in state.Claimants.ToList())
            if (job.ClaimUntil > now && _view.IsClaimFree(job) && IsOpen(job) && Admission.Refusal(state, job, now, tenant => Given.GetValueOrDefault(tenant)) is null)
            {
                Settle(job, new StartJob(job, job.Claim!));
                _view.Honour(job);
                _started.Add((ranking.EndIfStarted(job, now), job.Claim!));
                if (!job.Claim!.Charge.Borrowed) TakeBack(job, job.Claim);
            }
    }

    /// <summary>Whether neither the end of a loan nor a reservation, nearer now than when others were asked to leave, keeps a job off its claim.</summary>
    private bool IsOpen(JobState job)
    {
        var (end, shares) = (ranking.EndIfStarted(job, now), job.Claim!.Shares);
        return _view.Suits(job, state.Groups[state.Nodes[shares[0].Node].Group], end) && !shares.Any(share => _view.IsReserved(share.Node, job, end));
    }

    /// <summary>Starts the job where it fits without hurting what was promised.</summary>
    public bool TryStart(JobState job)
    {
        var end = ranking.EndIfStarted(job, now);
        if (_view.Total < job.Spec.Devices) return false;
        var placement = _view.Fit(job, end, _view.ChargesOf(job).Where(charge => !charge.Borrowed));
        if (placement is null && _view.ChargesOf(job).Any(charge => charge.Borrowed))
        {
            StartOwners(state.CohortOf(job.Tenant)!);
            if (IsHandled(job)) return true;
            if (Refusal(job) is not null) return false;
            placement = _view.Fit(job, end, _view.ChargesOf(job).Where(charge => charge.Borrowed));
        }
        return placement is not null && Start(job, placement, end);
    }

    /// <summary>
    /// Before anything of a cohort is lent, those whom it belongs to have started on it what they can: a borrower on cells that their owner
    /// has jobs for would have to leave at once, and the owner would have to wait for it.
    /// </summary>
    private void StartOwners(string cohort)
    {
        if (!_served.Add(cohort)) return;
        // As in everybody's turn, the oldest is promised a start that the others do not delay.
        var promises = config.OldestFirst && !AllPreemptible;
        foreach (var (_, tenants) in state.Queues)
            foreach (var (tenant, queue) in tenants)
            {
                var slot = state.Tenants[tenant].Slot;
                if (slot == NodeGroup.Shared || state.CohortOf(tenant) != cohort) continue;
                var first = promises ? queue.Where(job => !IsHandled(job) && Refusal(job) is null).Order(PendingQueue.BySubmission).FirstOrDefault() : null;
                foreach (var job in first is null ? queue : queue.Prepend(first))
                {
                    if (_view.Total <= 0 || !_view.HasRoom(slot)) break;
                    if (IsHandled(job) || Refusal(job) is not null) continue;
                    var end = ranking.EndIfStarted(job, now);
                    if (_view.Fit(job, end, [new Charge(slot, false)]) is { } placement) Start(job, placement, end);
                    else if (job == first && !TryPreempt(job)) Promise(job, hold: false);
                }
            }
    }

    private bool Start(JobState job, Placement placement, double end)
    {
        _view.Take(job, placement, end);
        _started.Add((end, placement));
        Settle(job, new StartJob(job, placement));
        if (!placement.Charge.Borrowed) TakeBack(job, placement);
        return true;
    }

    /// <summary>Asks others to leave for the job; true also where they are already leaving.</summary>
    public bool TryPreempt(JobState job)
    {
        if (job.Claim is not null && job.ClaimUntil > now)
        {
            _handled.Add(job);
            return true;
        }
        var end = ranking.EndIfStarted(job, now);
        if (!_terms.MayHaveVictims(job, end)) return false;
        var charges = _view.ChargesOf(job).Where(charge => !charge.Borrowed && MaySearch(charge)).ToList();
        if (charges.Count == 0) return false;
        var search = new VictimSearch(state, _view, now);
        foreach (var charge in charges)
            foreach (var group in state.Groups)
            {
                if (!_view.Suits(job, group, end) || group.Cells[charge.Slot] * group.CellDevices < job.Spec.Devices) continue;
                _searches[charge.Slot]++;
                if (search.Find(job, group, charge, end, victim => _terms.MayAsk(job, charge, victim)) is not { Victims.Count: > 0 } found) continue;
                var freed = found.Victims.Where(victim => victim.Placement!.Charge == charge).Sum(victim => victim.Spec.Devices);
                if (_view.Overdrawn(job, charge, group) > freed) continue;
                foreach (var victim in found.Victims)
                {
                    _terms.Asked(victim);
                    Decisions.Add(new PreemptJob(victim, job, found.Claim, VictimTerms.Reason(job, victim)));
                }
                _view.Keep(job, found.Claim, found.Victims);
                _handled.Add(job);
                Count(Claimed, job);
                return true;
            }
        _terms.Failed(job, end);
        return false;
    }

    /// <summary>
    /// Promises the job the earliest start that the expected ends of those who run allow: until then its nodes take only what
    /// ends before or leaves enough. With this a gang is never starved by small jobs, and no two gangs wait for each other.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="hold">Whether nobody else may use those nodes meanwhile, be it for ever so short.</param>
    public void Promise(JobState job, bool hold)
    {
        if (_promises >= config.Promises || !_promised.Add(job)) return;
        _ends ??= [.. state.Running.Select(other => (other.LeaveBy ?? ranking.End(other, now), other)).OrderBy(end => end.Item1).ThenBy(end => end.other.Spec.Id)];
        var ends = _ends.Select(end => (end.End, end.Job.Placement!)).Concat(_started).OrderBy(end => end.Item1);
        // It starts no sooner than now: a loan that ends before it would then end is none for it.
        var earliest = ranking.EndIfStarted(job, now);
        foreach (var charge in _view.ChargesOf(job).Where(charge => !charge.Borrowed))
            foreach (var group in state.Groups)
                if (_view.Suits(job, group, earliest) && group.Cells[charge.Slot] * group.CellDevices >= job.Spec.Devices && PromiseIn(job, group, charge, ends, earliest, hold)) return;
    }

    /// <summary>Whether everybody can be asked to leave, so that no job needs a promise.</summary>
    public bool AllPreemptible => config.Preempts && state.Running.TrueForAll(job => job.Spec.Preemptible) && state.Pending.All(job => job.Spec.Preemptible);

    private bool MaySearch(Charge charge) => _searches[charge.Slot] < (charge.Slot == NodeGroup.Shared ? SharedSearches : OwnSearches);

    private bool PromiseIn(JobState job, NodeGroup group, Charge charge, IEnumerable<(double End, Placement Placement)> ends, double earliest, bool hold)
    {
        var each = job.Spec.DevicesPerWorker;
        bool IsOut(int node) => _view.IsPromised(node) || !state.Nodes[node].Healthy || _view.IsReserved(node, job, earliest);
        int Room(int devices) => Math.Max(0, devices) / each;
        var free = group.Nodes.ToDictionary(node => node, node => IsOut(node) ? 0 : _view.Free(node) - _view.Overhang(node));
        var room = free.Values.Sum(Room);
        double? at = null;
        Placement? where = null;
        foreach (var (end, placement) in ends)
        {
            // Devices that come free at the same time count together: what is spare then is spare to all.
            if (at is not null && end > at) break;
            foreach (var (node, devices) in placement.Shares)
            {
                if (!free.TryGetValue(node, out var before) || IsOut(node)) continue;
                free[node] = before + devices;
                room += Room(free[node]) - Room(before);
            }
            if (at is null && room >= job.Spec.Workers && (where = _view.Place(job, group, charge, node => free[node])) is not null) at = end;
        }
        if (where is null) return false;
        _view.Promise(where, hold ? now : at!.Value, node => free[node]);
        _promises++;
        return true;
    }

    /// <summary>A borrower and a lender who started in one pass may together hold too much.</summary>
    private void TakeBackAll()
    {
        for (var slot = 1; slot < state.Slots.Count; slot++)
            foreach (var group in state.Groups) TakeBack(group, state.Slots[slot]);
    }

    private void TakeBack(JobState job, Placement placement)
    {
        foreach (var group in state.Groups[state.Nodes[placement.Shares[0].Node].Group].Kin) TakeBack(group, job.Tenant);
    }

    /// <summary>The lender took devices into use: what is lent beyond the rest is asked back, least loss first.</summary>
    private void TakeBack(NodeGroup group, int tenant)
    {
        var over = _view.Overlent(group, tenant);
        if (over <= 0) return;
        var cohort = state.CohortOf(tenant);
        foreach (var victim in state.Running.Where(other => other.Placement!.Charge.Borrowed && other.LeaveBy is null && state.Nodes[other.Placement.Shares[0].Node].Group == group.Index && state.CohortOf(other.Tenant) == cohort && !_terms.IsAsked(other))
            .OrderBy(other => other.LossIfPreempted(now) / other.Spec.Devices).ThenBy(other => other.Spec.Id))
        {
            if (over <= 0) break;
            over -= victim.Spec.Devices;
            _terms.Asked(victim);
            _view.Returns(victim);
            Decisions.Add(new PreemptJob(victim, null, null, new(Phrase.TakenBack)));
        }
    }

    private void Settle(JobState job, Decision decision)
    {
        Decisions.Add(decision);
        _handled.Add(job);
        Count(Given, job);
    }

    private Dictionary<int, int> ClaimedBefore()
    {
        var claimed = new Dictionary<int, int>();
        foreach (var job in state.Claimants.Where(job => job.ClaimUntil > now && !_handled.Contains(job))) Count(claimed, job);
        return claimed;
    }

    private void Count(Dictionary<int, int> devices, JobState job)
    {
        for (var index = job.Tenant; index >= 0; index = state.Tenants[index].Parent) devices[index] = devices.GetValueOrDefault(index) + job.Spec.Devices;
    }
}
