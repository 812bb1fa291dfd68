using Geobuk.Compute.Access;
using Geobuk.Compute.Accounting;
using Geobuk.Compute.Jobs;
using Geobuk.Models;

namespace Geobuk.Compute.Service;

public sealed partial class ComputeService
{
    /// <summary>Jobs that the key may see: those not over, and the latest.</summary>
    public IReadOnlyList<JobRecord> List(ApiKey by, int latest = 200)
    {
        // Reading years of jobs holds nobody up.
        var stored = _store.Latest(latest);
        return [.. Snapshot().UnionBy(stored, job => job.Id).Where(job => by.MaySee(job.Tenant)).OrderBy(job => job.Id)];
    }

    /// <summary>Some of the jobs that the key may see, and how many run and wait in all.</summary>
    public JobPage Page(JobQuery query, ApiKey by) => JobPage.Of(Snapshot(), _store, query, by);

    private List<JobRecord> Snapshot()
    {
        lock (_lock) return [.. _live.Values.Select(live => live.Record)];
    }

    /// <summary>The file with what a job printed.</summary>
    public string LogFile(long id, ApiKey by)
    {
        var record = Visible(id, by);
        var pool = HeldNodes.PoolOf(record) ?? record.Request.Pool;
        return _engineOf(_config.Pools.Any(known => known.Name == pool) ? pool! : _config.Pools[0].Name).LogFile(id);
    }

    /// <summary>What a job left in the folder that the service gave it.</summary>
    /// <exception cref="UserInputException">It ran in a folder that its submitter named: what lies there is not the job's alone.</exception>
    public JobFiles Files(long id, ApiKey by) => Visible(id, by).Request.Folder is { } folder
        ? throw new UserInputException($"job {id}: it ran in {folder}, which its submitter named; expected a job with a folder of its own. Look there.")
        : new JobFiles(Path.Combine(Path.GetDirectoryName(LogFile(id, by))!, "work"));

    /// <summary>Pools with their nodes and who is on them.</summary>
    public IReadOnlyList<PoolView> Pools(ApiKey by)
    {
        lock (_lock) return ClusterViews.Pools(_state, _config.Pools, by, Now);
    }

    /// <summary>Tenants with what they hold and used.</summary>
    public IReadOnlyList<TenantView> Tenants(ApiKey by)
    {
        lock (_lock) return ClusterViews.Tenants(_state, by, Now);
    }

    /// <summary>A part of the ledger, as far as the key may see it, and the place beyond which there is more; null at the end.</summary>
    /// <param name="beyond">The place after which it begins.</param>
    /// <param name="count">How many entries are looked at.</param>
    /// <param name="by">Who looks.</param>
    public (IReadOnlyList<LedgerEntry> Entries, long? Next) Usage(long beyond, int count, ApiKey by)
    {
        var part = _store.Ledger(beyond, count);
        return ([.. part.Where(entry => by.MaySee(entry.Tenant))], part.Count < count ? null : part[^1].Sequence);
    }

    /// <summary>What was held in the last hours, as far as the key may see it, hour by hour and the oldest first.</summary>
    public IReadOnlyList<UsedHour> UsedHours(int hours, ApiKey by)
    {
        double now;
        Dictionary<(long Job, int Attempt), (int Devices, double Since)> running;
        lock (_lock)
        {
            now = Now;
            running = _state.Running.Where(job => by.MaySee(job.Spec.Tenant)).ToDictionary(job => (job.Spec.Id, _live[job.Spec.Id].Record.Attempt), job => (job.Spec.Devices, job.Started));
        }
        // What ends from here on is among those that run.
        var entries = _store.LedgerSince(UsedHour.First(hours, now)).Where(entry => by.MaySee(entry.Tenant) && !running.ContainsKey((entry.Job, entry.Attempt)));
        // In entries of earlier versions the beginning follows from how many devices they were.
        return UsedHour.Of(hours, now, entries.Select(entry => entry with { Began = entry.Began ?? entry.At - (entry.Allocated / (_store.Find(entry.Job)?.Devices ?? 1)) }), running.Values);
    }

    /// <summary>The ledger of a pool, as far as the key may see it, against the accounting of the pool's engine.</summary>
    public IReadOnlyList<ReconciledAttempt> Reconcile(string pool, double within, ApiKey by) =>
        Reconciliation.Of(pool, _config.Pools.Any(one => one.Name == pool) ? _engineOf(pool) : null, _store.LedgerSince(double.NegativeInfinity).Where(entry => by.MaySee(entry.Tenant)), within, isWhole: by.MayAudit);

    /// <summary>The audit log, newest first.</summary>
    /// <param name="by">Who asks.</param>
    /// <param name="before">Only what came before this place in the chain.</param>
    public IReadOnlyList<AuditEntry> Audit(ApiKey by, long before = long.MaxValue) => by.MayAudit ? _store.AuditLog(1000, before) : throw Denied(by, "read", "the audit log");
}
