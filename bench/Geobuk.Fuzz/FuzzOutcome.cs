namespace Geobuk.Fuzz;

/// <summary>How one case ended.</summary>
/// <param name="Accepted">Read like a valid file.</param>
/// <param name="Refusal">The typed error that it was refused with.</param>
/// <param name="Failure">What went wrong instead.</param>
internal sealed record FuzzOutcome(bool Accepted, string? Refusal, string? Failure);
