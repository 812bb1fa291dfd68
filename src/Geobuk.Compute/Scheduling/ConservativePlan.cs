namespace Geobuk.Compute.Scheduling;

/// <summary>Conservative backfilling: every job that waits has its place in a plan of the future, and none may move another back.</summary>
internal sealed class ConservativePlan(ClusterState state, JobRanking ranking, SchedulingCycle cycle, double now)
{
    /// <summary>Plans all, and starts those whose time is now.</summary>
    public void Run()
    {
        var profiles = state.Groups.Select(Profile).ToList();
        foreach (var (_, tenants) in state.Queues)
            foreach (var job in tenants.Values.SelectMany(queue => queue))
            {
                if (cycle.IsHandled(job) || cycle.Refusal(job) is not null) continue;
                var seconds = ranking.EndIfStarted(job, now) - now;
                var (start, group) = state.Groups.Where(group => cycle.View.Suits(job, group, now + seconds))
                    .Select(group => (Start: profiles[group.Index].Earliest(job.Spec.Devices, seconds), Group: group)).MinBy(place => place.Start);
                if (group is null || double.IsPositiveInfinity(start)) continue;
                if (start <= now && !cycle.TryStart(job)) continue;
                profiles[group.Index].Take(job.Spec.Devices, start, seconds);
            }
    }

    private AvailabilityProfile Profile(NodeGroup group)
    {
        var over = group.Nodes.ToDictionary(node => node, cycle.View.Overhang);
        int Freed(int node, int devices)
        {
            var kept = Math.Min(over[node], devices);
            over[node] -= kept;
            return devices - kept;
        }
        var ends = state.Running.Where(job => state.Nodes[job.Placement!.Shares[0].Node].Group == group.Index)
            .Select(job => (Time: Math.Max(now, job.LeaveBy ?? ranking.End(job, now)), job.Placement!.Shares)).OrderBy(end => end.Time)
            .Select(end => (end.Time, end.Shares.Sum(share => over.ContainsKey(share.Node) ? Freed(share.Node, share.Devices) : 0)));
        return new AvailabilityProfile(now, group.Nodes.Sum(cycle.View.Free), ends);
    }
}
