using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Says why a job waits, by asking what the scheduler asks, and names what would start it, by trying it. It works on a copy of the
/// cluster, made when it is created; what it takes to explain holds nobody up.
/// </summary>
internal sealed class Explainer
{
    private readonly ClusterState _state;
    private readonly JobScheduler _scheduler;
    private readonly JobState _job;
    private readonly double _now;

    /// <param name="state">The cluster.</param>
    /// <param name="scheduler">The policy.</param>
    /// <param name="job">One of its waiting jobs.</param>
    /// <param name="now">The time.</param>
    public Explainer(ClusterState state, JobScheduler scheduler, JobState job, double now)
    {
        _state = ClusterCopy.Of(state);
        _scheduler = scheduler.Frozen(_state, job, now);
        _job = _state.Pending.First(other => other.Spec.Id == job.Spec.Id);
        _now = now;
    }

    /// <summary>The chain of gates and what would get the job through.</summary>
    /// <param name="maySee">Whether a tenant's jobs may be named.</param>
    public Explanation Explain(Func<string, bool> maySee)
    {
        var rehearsal = new Rehearsal(_state, _scheduler, _job.Spec.Id, _now);
        if (rehearsal.Try(new Change("")) is { Starts: true, OthersLeave: var others })
            return new Explanation(others && Leaving() is { Count: > 0 } leaving ? leaving : [new Refusal(Gate.Share, "its turn comes with the next look at the queue")], null);
        var chain = Chain();
        // Nobody can change what time it is.
        if (chain[0].Gate == Gate.Time) return new Explanation(chain, null);
        var search = new ChangeSearch(_state, _scheduler, _job, rehearsal, maySee, _now);
        // Whoever others are leaving for has what it needs: it waits for them.
        if (chain[0].Gate != Gate.Handover && search.Smallest() is { } change) return new Explanation(chain, change.Words, null) { Tried = change };
        var (after, words) = search.After(chain);
        return after is { Gone.Count: 1 } ? new Explanation(chain, after.Words) { Tried = after } : new Explanation(chain, null, words) { Tried = after };
    }

    /// <summary>The chain of gates alone.</summary>
    public List<Refusal> Chain()
    {
        var refusals = new List<Refusal>();
        Admission.Refusal(_state, _job, _now, null, refusals);
        return refusals.Count > 0 ? refusals.ConvertAll(refusal => refusal with { Change = null }) : Leaving() is { Count: > 0 } leaving ? leaving : Capacity();
    }

    private List<Refusal> Leaving() => _job.Claim is not null && _job.ClaimUntil > _now
        ? [new Refusal(Gate.Handover, $"{_job.Spec.Devices} devices are being emptied for it; they are its own until {_job.ClaimUntil - _now:0} s from now")]
        : [];

    /// <summary>What stands between the job and devices.</summary>
    private List<Refusal> Capacity()
    {
        var chain = new List<Refusal>();
        var view = new CapacityView(_state, _now, _scheduler.Config.CheckpointDeadlineSeconds);
        var end = _scheduler.EndIfStarted(_job, _now);
        var groups = _state.Groups.Where(group => view.Suits(_job, group, end)).ToList();
        if (groups.Count == 0) return [new Refusal(Gate.Loan, $"it is expected to run {end - _now:0} s, longer than the loan of any pool that is left, and nothing starts in the last {_scheduler.Config.CheckpointDeadlineSeconds:0} s of one")];
        var slot = _state.Tenants[_job.Tenant].Slot;
        var firm = view.ChargesOf(_job).Where(charge => !charge.Borrowed).ToList();
        // Where there are only shared cells to be had, it is devices that are missing and no quota.
        var isShared = slot == NodeGroup.Shared && _state.CohortOf(_job.Tenant) is null && groups.Exists(group => (long)group.Cells[slot] * group.CellDevices >= _job.Spec.Devices);
        if (!isShared && !groups.Exists(group => firm.Exists(charge => view.MayCharge(_job, charge, group))))
        {
            var cells = slot == NodeGroup.Shared ? 0 : groups.Sum(group => group.Cells[slot] * group.CellDevices);
            var shared = groups.Sum(group => group.Cells[NodeGroup.Shared] * group.CellDevices);
            chain.Add(new Refusal(Gate.Quota, $"{(cells > 0 ? $"the {cells} devices guaranteed to {_job.Spec.Tenant} are taken or too few" : $"{_job.Spec.Tenant} is guaranteed no devices here")}; {(shared > 0 ? $"the {shared} that are shared are taken or too few" : "none are shared")}"));
            chain.Add(new Refusal(Gate.Cohort, _state.CohortOf(_job.Tenant) is not { } cohort ? $"{_job.Spec.Tenant} is in no cohort, so nobody lends to it"
                : !_job.Spec.Preemptible ? "only jobs that can checkpoint may borrow"
                : _job.BorrowsFrom > _now ? $"lenders took their devices back again and again before it got anywhere; it borrows again in {_job.BorrowsFrom - _now:0} s"
                : groups.Exists(group => view.MayCharge(_job, new Charge(slot, true), group)) ? $"cohort {cohort} would lend so much"
                : $"nobody in cohort {cohort} lends so much now"));
        }
        foreach (var kept in _state.Reservations.Where(reservation => reservation.Until > _now && reservation.From < end && !ClusterState.IsWithin(_job.Spec.Tenant, reservation.Tenant) && groups.Exists(group => group.Pool.Name == reservation.Pool)))
            chain.Add(new Refusal(Gate.Reservation, $"{kept.Pool}/{string.Join(", ", kept.Nodes)} is reserved for others {(kept.From > _now ? $"from {kept.From - _now:0} s from now" : "now")} until {kept.Until - _now:0} s from now, and it is expected to run {end - _now:0} s"));
        var ahead = _state.Pending.Count(other => other != _job && groups.Exists(group => view.Suits(other, group, end)) && other.Spec.Priority >= _job.Spec.Priority && PendingQueue.BySubmission.Compare(other, _job) < 0);
        if (ahead > 0) chain.Add(new Refusal(Gate.Share, $"{ahead} {(ahead == 1 ? "job" : "jobs")} of at least its priority came before"));
        var (free, shape) = (groups.Max(group => group.Nodes.Sum(node => Math.Max(0, view.Free(node)))), $"{_job.Spec.Workers} x {_job.Spec.DevicesPerWorker} devices{_job.Spec.Topology switch { Topology.Node => " on one node", Topology.Island => " in one island", _ => "" }}");
        if (view.Fit(_job, end) is not null) chain.Add(new Refusal(Gate.Share, $"{shape} would fit, but the devices are for jobs that go before it, for longer than it may hold them"));
        else if (free < _job.Spec.Devices) chain.Add(new Refusal(Gate.Gang, $"{free} devices are free in one place; {(_job.Spec.Workers > 1 ? "the whole gang" : "it")} needs {_job.Spec.Devices}"));
        else chain.Add(new Refusal(Gate.Topology, $"{free} devices are free, but not as {shape} on nodes that are open to it"));
        return chain;
    }
}
