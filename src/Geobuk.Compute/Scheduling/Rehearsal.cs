namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Tries changes for a waiting job: each on a copy of the cluster, by the scheduler's own pass. Whoever the scheduler asks to leave
/// leaves at once there, so a start that others must make room for counts as one.
/// </summary>
/// <param name="state">The cluster; it is only read.</param>
/// <param name="scheduler">The policy.</param>
/// <param name="id">The job's number.</param>
/// <param name="now">The time.</param>
internal sealed class Rehearsal(ClusterState state, JobScheduler scheduler, long id, double now)
{
    /// <summary>A job for which some leave, who leave for others in turn, is settled by then.</summary>
    private const int MostPasses = 5;

    /// <summary>Changes tried so far.</summary>
    public int Tried { get; private set; }

    /// <summary>Whether the job starts with the change; and whether others must make room first.</summary>
    public (bool Starts, bool OthersLeave) Try(Change change)
    {
        Tried++;
        var copy = ClusterCopy.Of(state, change.Tenant);
        var job = copy.Pending.First(other => other.Spec.Id == id);
        if (change.Spec is { } spec)
        {
            copy.Dequeue(job);
            var queued = job.QueuedAt;
            scheduler.Enqueue(copy, job = job.Copy(spec), now);
            job.QueuedAt = queued;
        }
        if (change.Node is { } node) copy.Nodes[node].Healthy = true;
        foreach (var gone in copy.Running.Where(other => change.Gone.Contains(other.Spec.Id)).ToList()) copy.Release(gone, now);
        for (var pass = 0; pass < MostPasses; pass++)
        {
            var decisions = scheduler.Step(copy, now);
            if (decisions.Any(decision => decision is StartJob && decision.Job == job)) return (true, pass > 0);
            if (decisions.All(decision => decision is StartJob)) break;
            foreach (var decision in decisions)
            {
                scheduler.Apply(copy, decision, now);
                if (decision is not StartJob) Leave(copy, decision);
            }
        }
        return (false, false);
    }

    private void Leave(ClusterState copy, Decision decision)
    {
        var job = decision.Job;
        job.DoneSeconds = job.Worked(now);
        copy.Release(job, now);
        if (decision is PreemptJob) copy.Enqueue(job, job.Rank, now);
    }
}
