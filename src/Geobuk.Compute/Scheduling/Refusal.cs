using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>Why a job does not start.</summary>
/// <param name="Gate">What stops it.</param>
/// <param name="Found">What was found and what was expected.</param>
/// <param name="Change">The smallest change that would let it through; null where only time helps.</param>
public sealed record Refusal(Gate Gate, Statement Found, Statement? Change = null);
