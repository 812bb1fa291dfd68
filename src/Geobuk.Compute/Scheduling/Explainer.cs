using Geobuk.Compute.Jobs;
using Geobuk.Compute.Wording;

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
        if (rehearsal.Try(new Change(Statement.Quoted(""))) is { Starts: true, OthersLeave: var others })
            return new Explanation(others && Leaving() is { Count: > 0 } leaving ? leaving : [new Refusal(Gate.Share, new(Phrase.NextLook))], null);
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
        ? [new Refusal(Gate.Handover, new(Phrase.BeingEmptied, _job.Spec.Devices, _job.ClaimUntil - _now))]
        : [];

    /// <summary>What stands between the job and devices.</summary>
    private List<Refusal> Capacity()
    {
        var chain = new List<Refusal>();
        var view = new CapacityView(_state, _now, _scheduler.Config.CheckpointDeadlineSeconds);
        var end = _scheduler.EndIfStarted(_job, _now);
        var groups = _state.Groups.Where(group => view.Suits(_job, group, end)).ToList();
        if (groups.Count == 0) return [new Refusal(Gate.Loan, new(Phrase.LoansTooShort, end - _now, _scheduler.Config.CheckpointDeadlineSeconds))];
        var slot = _state.Tenants[_job.Tenant].Slot;
        var firm = view.ChargesOf(_job).Where(charge => !charge.Borrowed).ToList();
        // Where there are only shared cells, it is devices that are missing and no quota.
        var isShared = slot == NodeGroup.Shared && _state.CohortOf(_job.Tenant) is null && groups.TrueForAll(group => group.Cells.Sum() == group.Cells[slot]);
        if (!isShared && !groups.Exists(group => firm.Exists(charge => view.MayCharge(_job, charge, group))))
        {
            var cells = slot == NodeGroup.Shared ? 0 : groups.Sum(group => group.Cells[slot] * group.CellDevices);
            var shared = groups.Sum(group => group.Cells[NodeGroup.Shared] * group.CellDevices);
            chain.Add(new Refusal(Gate.Quota, new(Phrase.Both, cells > 0 ? new Statement(Phrase.OwnTaken, cells, _job.Spec.Tenant) : new Statement(Phrase.NothingOwn, _job.Spec.Tenant),
                shared > 0 ? new Statement(Phrase.SharedTaken, shared) : new Statement(Phrase.NoneShared))));
            chain.Add(new Refusal(Gate.Cohort, _state.CohortOf(_job.Tenant) is not { } cohort ? new(Phrase.NoCohort, _job.Spec.Tenant)
                : !_job.Spec.Preemptible ? new(Phrase.OnlySaversBorrow)
                : _job.BorrowsFrom > _now ? new(Phrase.BorrowsLater, _job.BorrowsFrom - _now)
                : groups.Exists(group => view.MayCharge(_job, new Charge(slot, true), group)) ? new(Phrase.CohortWouldLend, cohort)
                : new(Phrase.CohortLendsLess, cohort)));
        }
        foreach (var kept in _state.Reservations.Where(reservation => reservation.Until > _now && reservation.From < end && !ClusterState.IsWithin(_job.Spec.Tenant, reservation.Tenant) && groups.Exists(group => group.Pool.Name == reservation.Pool)))
            chain.Add(new Refusal(Gate.Reservation, new(kept.From > _now ? Phrase.ReservedLater : Phrase.ReservedNow, $"{kept.Pool}/{string.Join(", ", kept.Nodes)}", kept.Nodes.Count, kept.Until - _now, end - _now, kept.From - _now)));
        var ahead = _state.Pending.Count(other => other != _job && groups.Exists(group => view.Suits(other, group, end)) && other.Spec.Priority >= _job.Spec.Priority && PendingQueue.BySubmission.Compare(other, _job) < 0);
        if (ahead > 0) chain.Add(new Refusal(Gate.Share, new(Phrase.Behind, ahead)));
        var (free, shape) = (groups.Max(group => group.Nodes.Sum(node => Math.Max(0, view.Free(node)))), new Statement(Phrase.Shape, _job.Spec.Workers, _job.Spec.DevicesPerWorker));
        if (_job.Spec.Topology != Topology.Any) shape = new Statement(Phrase.ShapePlaced, shape, ChangeSearch.Where(_job.Spec.Topology));
        if (view.Fit(_job, end) is not null) chain.Add(new Refusal(Gate.Share, new(Phrase.PromisedToOthers, shape)));
        else if (free < _job.Spec.Devices) chain.Add(new Refusal(Gate.Gang, new(_job.Spec.Workers > 1 ? Phrase.TooFewForGang : Phrase.TooFewFree, free, _job.Spec.Devices)));
        else chain.Add(new Refusal(Gate.Topology, new(Phrase.Scattered, free, shape)));
        return chain;
    }
}
