using Geobuk.Compute.Jobs;

namespace Geobuk.Compute.Scheduling;

/// <summary>Says why a job waits, by asking what the scheduler asks, and tries what would start it.</summary>
public static class Explainer
{
    /// <summary>The chain of gates for a waiting job.</summary>
    public static Explanation Why(ClusterState state, JobScheduler scheduler, JobState job, double now)
    {
        if (Admission.Refusal(state, job, now) is { } refusal) return new Explanation([refusal], refusal.Change);
        if (job.Claim is not null && job.ClaimUntil > now)
            return new Explanation([new Refusal(Gate.Handover, $"{job.Spec.Devices} devices are being emptied for it; they are its own until {job.ClaimUntil - now:0} s from now")], null);
        var chain = new List<Refusal>();
        var view = new CapacityView(state, now);
        var end = now + scheduler.Expected(job);
        var groups = state.Groups.Where(group => CapacityView.Suits(job, group, end)).ToList();
        if (groups.Count == 0)
            return new Explanation([new Refusal(Gate.Loan, $"it is expected to run {end - now:0} s, longer than the loan of any pool", "a shorter estimate or a longer loan")], "a shorter estimate or a longer loan");
        var charges = view.ChargesOf(job).ToList();
        var account = charges.Any(charge => groups.Any(group => view.MayCharge(job, charge, group)));
        var slot = state.Tenants[job.Tenant].Slot;
        var isShared = slot == NodeGroup.Shared && groups.Any(group => group.Cells[slot] * group.CellDevices >= job.Spec.Devices);
        if (!account && !isShared)
        {
            var cells = groups.Sum(group => group.Cells[slot] * group.CellDevices);
            chain.Add(new Refusal(Gate.Quota, $"{job.Spec.Tenant} is guaranteed {cells} devices, and they are taken or too few; {groups.Sum(group => group.Cells[NodeGroup.Shared] * group.CellDevices)} are shared"));
            if (state.CohortOf(job.Tenant) is null) chain.Add(new Refusal(Gate.Cohort, $"{job.Spec.Tenant} is in no cohort, so nobody lends to it", "a cohort for the tenant"));
            else if (!job.Spec.Preemptible) chain.Add(new Refusal(Gate.Cohort, "only jobs that can checkpoint may borrow", "a job that can be preempted"));
            else if (job.BorrowsFrom > now) chain.Add(new Refusal(Gate.Cohort, $"lenders took their devices back again and again before it got anywhere; it borrows again in {job.BorrowsFrom - now:0} s"));
            else chain.Add(new Refusal(Gate.Cohort, "nobody in the cohort lends so much now", "a larger limit for borrowing or lending"));
        }
        var ahead = state.Pending.Count(other => other != job && groups.Exists(group => CapacityView.Suits(other, group, end)) && other.Spec.Priority >= job.Spec.Priority && PendingQueue.BySubmission.Compare(other, job) < 0);
        if (ahead > 0) chain.Add(new Refusal(Gate.Share, $"{ahead} jobs of at least its priority came before"));
        var free = groups.Max(group => group.Nodes.Sum(view.Free));
        if (free < job.Spec.Devices) chain.Add(new Refusal(Gate.Gang, $"{free} devices are free in one place; the whole gang needs {job.Spec.Devices}"));
        else chain.Add(new Refusal(Gate.Topology, $"{free} devices are free, but not as {job.Spec.Workers} workers of {job.Spec.DevicesPerWorker} ({job.Spec.Topology.ToString().ToLowerInvariant()}), or they are promised to others"));
        return new Explanation(chain, Nearest(view, job, end) ?? chain.FirstOrDefault(link => link.Change is not null)?.Change);
    }

    /// <summary>Tries smaller shapes on what is free now: looser topology, then fewer workers, then fewer devices each.</summary>
    private static string? Nearest(CapacityView view, JobState job, double end)
    {
        bool Fits(JobSpec spec) => view.Fit(new JobState(spec, job.Submitted) { Tenant = job.Tenant }, end) is not null;
        if (job.Spec.Topology != Topology.Any && Fits(job.Spec with { Topology = Topology.Any })) return "workers anywhere in the pool instead of close together";
        for (var workers = job.Spec.Workers - 1; workers > 0; workers = workers > 64 ? workers / 2 : workers - 1)
            if (Fits(job.Spec with { Workers = workers })) return $"{workers} workers instead of {job.Spec.Workers}";
        for (var devices = job.Spec.DevicesPerWorker - 1; devices > 0; devices--)
            if (Fits(job.Spec with { Workers = 1, DevicesPerWorker = devices })) return $"{devices} devices instead of {job.Spec.Devices}";
        return null;
    }
}
