namespace Geobuk.Inference.Drafting;

/// <summary>How often guesses of each kind were right in the sequences so far: what a new sequence begins with. Used by the engine's thread alone.</summary>
internal sealed class DraftExperience
{
    private const double Learning = 0.02;
    private readonly double[] _accepted = [0.35, 0.6, 0.85, 0.35, 0.6, 0.85];

    /// <summary>The share of a kind's guesses that were right.</summary>
    public double this[int kind] => _accepted[kind];

    /// <summary>Learns from one guess.</summary>
    public void Add(int kind, bool right) => _accepted[kind] += Learning * ((right ? 1 : 0) - _accepted[kind]);
}
