using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>End a job for good.</summary>
/// <param name="Job">The job.</param>
/// <param name="Reason">Why, for its record.</param>
public sealed record StopJob(JobState Job, Statement Reason) : Decision(Job);
