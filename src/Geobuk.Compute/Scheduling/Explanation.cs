namespace Geobuk.Compute.Scheduling;

/// <summary>Why a job waits.</summary>
/// <param name="Chain">Every gate up to the one that holds it, with what was found there.</param>
/// <param name="Change">The smallest change that would start it now; null where only time helps.</param>
public sealed record Explanation(IReadOnlyList<Refusal> Chain, string? Change);
