using Geobuk.Compute.Wording;

namespace Geobuk.Compute.Scheduling;

/// <summary>Why a job waits.</summary>
/// <param name="Chain">Every gate up to the one that holds it, with what was found there.</param>
/// <param name="Change">The smallest single change that starts it as things are now, tried by the scheduler's own pass; null where none that was tried does.</param>
/// <param name="Blocker">Where no single change does: what it waits for; null where there is one.</param>
public sealed record Explanation(IReadOnlyList<Refusal> Chain, Statement? Change, Statement? Blocker = null)
{
    /// <summary>The change itself; null where there is none.</summary>
    internal Change? Tried { get; init; }
}
