namespace Geobuk.Compute.Scheduling;

/// <summary>Start all workers now.</summary>
/// <param name="Job">The job.</param>
/// <param name="Placement">Where.</param>
public sealed record StartJob(JobState Job, Placement Placement) : Decision(Job);
