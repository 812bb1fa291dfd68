namespace Geobuk.Compute.Scheduling;

/// <summary>
/// Whom to ask to leave for a job: of those that may be asked, the set that loses the fewest device-seconds, found node by node
/// (greedy by loss per device, then without those that turn out not to be needed).
/// </summary>
internal sealed class VictimSearch(ClusterState state, CapacityView view, double now)
{
    /// <summary>Where the job would run and who must leave; null where even all together would not do.</summary>
    public (Placement Claim, List<JobState> Victims)? Find(JobState job, NodeGroup group, Charge charge, double end, Func<JobState, bool> mayAsk)
    {
        var offers = new Dictionary<int, Offer>();
        foreach (var index in group.Nodes)
        {
            var node = state.Nodes[index];
            if (!node.Healthy || view.IsPromised(index, end) || view.IsReserved(index, job, end)) continue;
            var (free, held) = (view.Overhang(index) is > 0 and var over ? -over : view.Available(index, job, charge, end), 0);
            List<JobState>? victims = null;
            foreach (var other in node.Jobs)
            {
                if (other.LeaveBy is not null || !other.Spec.Preemptible || !mayAsk(other)) continue;
                (victims ??= []).Add(other);
                held += other.DevicesOn(index);
            }
            if (free + held >= job.Spec.DevicesPerWorker) offers[index] = new Offer(free, victims ?? [], held);
        }
        if (job.Spec.Devices <= group.CellDevices && Cheapest(job, group, charge, offers) is { } cheapest) return cheapest;
        if (job.Spec.Workers == 1) return null;
        return view.Place(job, group, charge, node => offers.TryGetValue(node, out var offer) ? offer.All : 0) is { } claim ? Settle(claim, offers) : null;
    }

    /// <summary>One node: the one that costs least.</summary>
    private (Placement, List<JobState>)? Cheapest(JobState job, NodeGroup group, Charge charge, Dictionary<int, Offer> offers)
    {
        (Placement, List<JobState>)? best = null;
        var least = double.MaxValue;
        foreach (var (node, offer) in offers)
        {
            if (offer.All < job.Spec.Devices || !view.IsOpenTo(node, charge, group)) continue;
            var claim = new Placement(charge, [new Share(node, job.Spec.Devices)]);
            var settled = Settle(claim, offers);
            var loss = settled.Victims.Sum(victim => victim.LossIfPreempted(now));
            if (loss >= least) continue;
            (best, least) = (settled, loss);
        }
        return best;
    }

    private (Placement Claim, List<JobState> Victims) Settle(Placement claim, Dictionary<int, Offer> offers)
    {
        var chosen = new List<JobState>();
        foreach (var (node, devices) in claim.Shares)
        {
            var offer = offers[node];
            var missing = devices - offer.Free - chosen.Sum(victim => victim.DevicesOn(node));
            foreach (var victim in offer.Victims.OrderBy(victim => victim.LossIfPreempted(now) / victim.Spec.Devices).ThenByDescending(victim => victim.Rank).ThenBy(victim => victim.Spec.Id))
            {
                if (missing <= 0) break;
                if (chosen.Contains(victim)) continue;
                chosen.Add(victim);
                missing -= victim.DevicesOn(node);
            }
        }
        foreach (var victim in chosen.OrderByDescending(victim => victim.LossIfPreempted(now)).ToList())
            if (claim.Shares.All(share => offers[share.Node].Free + chosen.Where(other => other != victim).Sum(other => other.DevicesOn(share.Node)) >= share.Devices))
                chosen.Remove(victim);
        return (claim, chosen);
    }

    private sealed record Offer(int Free, List<JobState> Victims, int Held)
    {
        public int All => Free + Held;
    }
}
