namespace Geobuk.Fuzz;

/// <summary>How the cases ended.</summary>
/// <param name="Accepted">Read like a valid file.</param>
/// <param name="Refused">Refused with a typed error that says what was expected.</param>
/// <param name="Failed">Ended in anything else.</param>
public readonly record struct FuzzCounts(int Accepted, int Refused, int Failed)
{
    /// <summary>All cases.</summary>
    public int Total => Accepted + Refused + Failed;

    /// <inheritdoc/>
    public override string ToString() => $"{Accepted} accepted, {Refused} refused, {Failed} FAILURES";

    /// <summary>Both together.</summary>
    public static FuzzCounts operator +(FuzzCounts a, FuzzCounts b) => new(a.Accepted + b.Accepted, a.Refused + b.Refused, a.Failed + b.Failed);
}
