using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    /// <summary>Brings back what was there: waits, runs, is being ended, ended meanwhile, or never began.</summary>
    [MemberNotNull(nameof(_scheduler), nameof(_state), nameof(_starts), nameof(_lengths))]
    private void Recover()
    {
        Forget();
        _lastId = _store.LastId();
        NoteConfig();
        foreach (var job in _store.Done(5000))
        {
            var state = new JobState(job.Spec(), job.Submitted);
            LearnLength(state, Math.Max(0, job.Ended!.Value - job.Started!.Value + job.DoneSeconds));
            if (job.Attempt == 1 && job.Started.Value - job.QueuedFrom is > ShortestWait and var waited) _starts.Started(job.Devices, waited, _starts.Interval(job.Devices, 0));
        }
        foreach (var entry in _store.Ledger().Where(entry => entry.Tenant.Length > 0)) _state.Spent(entry.Tenant, entry.Allocated, entry.Won, entry.At);
        foreach (var drained in _store.Drained())
            if (_state.Nodes.FirstOrDefault(node => _state.NameOf(node) == drained) is { } known) known.Healthy = false;
        foreach (var record in _store.Open())
        {
            if (record.Phase is not (JobPhase.Running or JobPhase.Leaving))
            {
                Add(record);
                continue;
            }
            var live = new LiveJob(record, new JobState(record.Spec(), record.Submitted) { DoneSeconds = record.DoneSeconds }, _config.MaxLogBytes);
            _live[record.Id] = live;
            if (HeldNodes.PlacementOf(_state, record) is { } placement) Resume(live, placement);
            else _store.Together(() => GiveUp(live));
        }
    }

    /// <summary>A configuration other than the last one is a change like any other.</summary>
    private void NoteConfig()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(_config, RecipeJson.Options)));
        if (_store.Config() == digest) return;
        _store.Together(() =>
        {
            _store.SaveConfig(digest);
            _store.Audit(new AuditEntry(Now, Self, "config", string.Join(", ", _config.Pools.Select(pool => pool.Name)), digest));
        });
    }

    private void Resume(LiveJob live, Placement placement)
    {
        var record = live.Record;
        live.Engine = _engineOf(HeldNodes.PoolOf(record)!);
        _scheduler.Restore(_state, live.State, placement, record.Started ?? Now, record.Attempt);
        var never = false;
        Try(() => never = live.Engine.Fence(live.Engineered()));
        if (never && (live.Cancelled || live.Overdue is not null)) _store.Together(() => End(live, live.Cancelled ? JobPhase.Cancelled : JobPhase.Failed, null, live.Overdue ?? new(Phrase.Cancelled)));
        else if (never) _store.Together(() => Requeue(live, ReleaseCause.NeverBegan, new(Phrase.ServiceGone)));
        else if (live.KillAt is { } at)
        {
            // It was written down that it is asked to leave; whether it was asked is not known.
            live.State.LeaveBy = at;
            Try(() => live.Engine.AskToLeave(live.Engineered()));
        }
    }

    /// <summary>Whom its engine has not begun does not idle, and need not wait for a node that was drained meanwhile.</summary>
    private void Move(LiveJob live, List<Action> acts)
    {
        if (live.State.Placement!.Shares.Any(share => !_state.Nodes[share.Node].Healthy)) Leave(live, new(Phrase.NotBegunOnDrained), acts);
    }

    /// <summary>Its pool or node is not configured any more. To start it elsewhere could run it twice; what it held is counted as lost.</summary>
    private void GiveUp(LiveJob live)
    {
        var record = live.Record;
        var entry = new AttemptUse(record.Devices, Now - (record.Started ?? Now), 0, 0, ReleaseCause.Failed)
            .Enter(new LedgerEntry { At = Now, Job = record.Id, Attempt = record.Attempt, Tenant = record.Tenant, Pool = HeldNodes.PoolOf(record) ?? "" });
        _store.Append(entry);
        _state.Spent(entry.Tenant, entry.Allocated, 0, entry.At);
        End(live, JobPhase.Failed, null, new(Phrase.PlaceGone, string.Join(", ", record.Nodes), record.Nodes.Count));
    }
}
