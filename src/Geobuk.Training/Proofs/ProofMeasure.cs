namespace Geobuk.Training.Proofs;

/// <summary>One number of a proof beside the largest that it may be.</summary>
/// <param name="Name">What was compared.</param>
/// <param name="Value">The largest difference found.</param>
/// <param name="Limit">The largest allowed.</param>
public sealed record ProofMeasure(string Name, double Value, double Limit)
{
    /// <summary>Within the limit; a value that is no number is not.</summary>
    public bool Holds => Value <= Limit;
}
