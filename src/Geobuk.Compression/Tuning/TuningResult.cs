namespace Geobuk.Compression.Tuning;

/// <summary>What tuning the factors did; part of the card.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="Tokens">Tokens learnt from.</param>
/// <param name="HeldOutTokens">Tokens kept apart, on which the divergence was measured.</param>
/// <param name="Before">Mean KL divergence from the original before, nats per token.</param>
/// <param name="After">The same after.</param>
/// <param name="Kept">After is less; else the file is what it was before.</param>
public sealed record TuningResult(int Steps, long Tokens, long HeldOutTokens, double Before, double After, bool Kept);
