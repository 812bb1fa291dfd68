namespace Geobuk.Compute.Estimates;

/// <summary>One job as its class remembers it: how long it ran, or has run so far.</summary>
/// <param name="submitted">When it was submitted.</param>
public sealed class PastRun(double submitted)
{
    /// <summary>When it was submitted.</summary>
    public double Submitted { get; } = submitted;

    /// <summary>Whether it ended by itself, so that <see cref="Seconds"/> is all it needed.</summary>
    public bool Ended { get; set; }

    /// <summary>Whether it left for good before it had done all its work: failed or cancelled.</summary>
    public bool Abandoned { get; internal set; }

    /// <summary>Seconds of work it needed, or had before it began to run the last time.</summary>
    public double Seconds { get; set; }

    /// <summary>Since when it works; infinite while it does not.</summary>
    public double Since { get; set; } = double.PositiveInfinity;

    /// <summary>Place among its class by submission.</summary>
    internal int Index { get; set; }

    /// <summary>The same run, which goes its own way from now on.</summary>
    internal PastRun Copy() => (PastRun)MemberwiseClone();

    /// <summary>Seconds of work up to now.</summary>
    public double Worked(double now) => Seconds + Math.Max(0, now - Since);
}
