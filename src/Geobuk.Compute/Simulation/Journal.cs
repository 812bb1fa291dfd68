using System.Text.Json;
using System.Text.Json.Serialization;
using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;
using Geobuk.Recipes;

namespace Geobuk.Compute.Simulation;

/// <summary>
/// The service's own trace, in seconds since 1970: a JSON object per line for each job, with all that the scheduler was told of it, and
/// one for each node drained or resumed and each change of the configuration.
/// </summary>
public static class Journal
{
    private const double UnknownSeconds = 3600;

    private static readonly JsonSerializerOptions Line = new(RecipeJson.Options) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The lines.</summary>
    /// <param name="jobs">Jobs of the service.</param>
    /// <param name="audit">Its audit log, which knows drained nodes and changed configurations; null leaves them out.</param>
    /// <param name="now">The time; null leaves out the jobs that are not over.</param>
    public static IEnumerable<string> Lines(IEnumerable<JobRecord> jobs, IEnumerable<AuditEntry>? audit = null, double? now = null)
    {
        foreach (var entry in (audit ?? []).Where(entry => entry.Action is "drain" or "resume" or "config").OrderBy(entry => entry.Sequence))
            yield return JsonSerializer.Serialize(new JournalEvent { At = entry.At, Drain = entry.Action == "drain" ? entry.Subject : null, Resume = entry.Action == "resume" ? entry.Subject : null, Config = entry.Action == "config" ? entry.Detail : null }, Line);
        var all = jobs.ToList();
        var past = all.Where(job => job.Phase == JobPhase.Done).GroupBy(job => job.Spec().RunClass).ToDictionary(alike => alike.Key, alike => alike.OrderBy(job => job.Ended).TakeLast(2).Average(Worked));
        foreach (var job in all.OrderBy(job => job.Submitted).ThenBy(job => job.Id))
        {
            if (!job.IsOver && now is null) continue;
            // Who was neither started nor cancelled never came to wait.
            if (job is { IsOver: true, Started: null, Phase: not JobPhase.Cancelled }) continue;
            var spec = job.Spec();
            yield return JsonSerializer.Serialize(new JournalEntry
            {
                Id = job.Id,
                Submitted = job.Submitted,
                Seconds = job.IsOver ? Worked(job) : Expected(past.TryGetValue(spec.RunClass, out var seconds) ? seconds : spec.EstimateSeconds ?? UnknownSeconds, WorkedUntil(job, now!.Value)),
                Devices = job.Devices,
                Tenant = job.Tenant,
                Estimate = spec.EstimateSeconds,
                Preemptible = spec.Preemptible,
                Workers = spec.Workers,
                Kind = spec.Kind,
                Pool = spec.Pool,
                Label = spec.Label,
                Topology = spec.Topology,
                Priority = spec.Priority,
                MaxRun = job.Request.MaxRunSeconds,
                RunClass = spec.RunClass,
                After = job.Request.After,
                Done = job.Phase == JobPhase.Done || !job.IsOver,
                Cancelled = job.Phase == JobPhase.Cancelled ? job.Ended : null,
                Open = !job.IsOver,
            }, Line);
        }
    }

    /// <summary>Who ended while it waited to go on had not worked since its last start.</summary>
    private static double Worked(JobRecord job) => job.WorkedSeconds ?? (job.Started is { } started ? job.Ended!.Value - started + job.DoneSeconds : 0);

    /// <summary>As the scheduler takes it: one that outran what was expected runs as long again.</summary>
    private static double Expected(double seconds, double worked) => seconds >= worked ? seconds : 2 * worked;

    private static double WorkedUntil(JobRecord job, double now) => job.DoneSeconds + (job.Phase is JobPhase.Running or JobPhase.Leaving ? Math.Max(0, now - job.Started!.Value) : 0);
}
