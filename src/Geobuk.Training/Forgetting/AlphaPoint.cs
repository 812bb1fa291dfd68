namespace Geobuk.Training.Forgetting;

/// <summary>One mixture of base and trained weights and what it scores.</summary>
/// <param name="Alphas">Share of the trained weights by band; 0 is the base, 1 the trained model.</param>
/// <param name="Scores">On the held-out sets.</param>
internal sealed record AlphaPoint(IReadOnlyList<double> Alphas, HeldOutScores Scores)
{
    /// <summary>Mean loss on held-out domain text; 0 where there is none, so that general text decides alone.</summary>
    public double Domain => Scores.Losses.GetValueOrDefault(ForgettingMeter.Domain);

    /// <summary>Mean loss on held-out general text.</summary>
    public double General => Scores.Losses.GetValueOrDefault(ForgettingMeter.General);

    /// <summary>At least as good on both texts and better on one.</summary>
    public bool Dominates(AlphaPoint other) => Domain <= other.Domain && General <= other.General && (Domain < other.Domain || General < other.General);

    /// <summary>The points that no other dominates.</summary>
    public static IReadOnlyList<AlphaPoint> Pareto(IReadOnlyList<AlphaPoint> points) => [.. points.Where(point => !points.Any(other => other.Dominates(point)))];

    /// <summary>Best on the domain among those that keep the limit; where none does, the one that forgets least.</summary>
    public static AlphaPoint Choose(IReadOnlyList<AlphaPoint> points)
    {
        var held = points.Where(point => point.Scores.Held).ToList();
        return held.Count > 0 ? held.MinBy(point => point.Domain)! : points.MinBy(point => point.General)!;
    }
}
