namespace Geobuk.Training.Forgetting;

/// <summary>A model on the held-out sets.</summary>
/// <param name="Losses">Mean loss by set, nats per token.</param>
/// <param name="Changes">The same as changes against the base, in pairs of documents.</param>
/// <param name="Held">Whether the limit on general text is kept, with the confidence asked for.</param>
public sealed record HeldOutScores(IReadOnlyDictionary<string, double> Losses, IReadOnlyDictionary<string, PairedChange> Changes, bool Held)
{
    /// <summary>Share of the exam's questions answered rightly; null without an exam. Its change is in <see cref="Changes"/>, as a share.</summary>
    public double? Exam { get; init; }

    /// <summary>Changes with 95 % intervals, as written to metrics.jsonl and merge.json.</summary>
    internal IReadOnlyDictionary<string, object> Described => Changes.ToDictionary(change => change.Key, change =>
    {
        var (low, high) = change.Value.Interval();
        return (object)new { change = Round(change.Value.Value), low = Round(low), high = Round(high), documents = change.Value.Documents };
    });

    private static double? Round(double value) => double.IsFinite(value) ? Math.Round(value, 5) : null;
}
