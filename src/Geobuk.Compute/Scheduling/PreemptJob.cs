using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>Ask a job to checkpoint and leave; its devices are kept for another job.</summary>
/// <param name="Job">The victim.</param>
/// <param name="For">Who gets the devices; null where nobody does, such as on a pool whose loan ends.</param>
/// <param name="Claim">Where <paramref name="For"/> will run once all its victims have left.</param>
/// <param name="Reason">Why, for the victim's record.</param>
public sealed record PreemptJob(JobState Job, JobState? For, Placement? Claim, Statement Reason) : Decision(Job);
