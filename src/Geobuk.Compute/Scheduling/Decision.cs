namespace Geobuk.Compute.Scheduling;

/// <summary>What the scheduler wants done about a job.</summary>
/// <param name="Job">The job.</param>
public abstract record Decision(JobState Job);
