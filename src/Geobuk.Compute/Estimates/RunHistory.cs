namespace Geobuk.Compute.Estimates;

/// <summary>
/// What past runs say about how long a job will run.
/// <para>
/// The mean of a class's last two runs (Tsafrir, Etsion, Feitelson 2007) is better than what users say. For the order of jobs
/// whose length nobody said there is the index of Gittins (1979): the job goes first that is most likely to finish per second
/// given to it, max over d of P(S ≤ a+d | S > a) / E[min(S − a, d) | S > a] for one that has had a seconds. The distribution of
/// S is a product-limit estimate (Kaplan, Meier 1958) over the job's class, in which runs submitted at about the same time weigh
/// most, those not ended count as longer than they have run, and a power law stands in where there are few.
/// </para>
/// </summary>
public sealed class RunHistory
{
    private const int Neighbours = 120, TailSamples = 12;
    private const double NearSeconds = 3600, NearPower = 0.5, TailWeight = 0.1, TailDecay = 0.15, ShortestTail = 100;

    private readonly Dictionary<string, List<PastRun>> _classes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (double Last, double Before)> _lastTwo = new(StringComparer.Ordinal);
    private readonly (double Seconds, double Event, double Weight)[] _samples = new (double, double, double)[(2 * Neighbours) + TailSamples + 1];

    /// <summary>A job of a class was submitted.</summary>
    public PastRun Submit(string runClass, double submitted)
    {
        var run = new PastRun(submitted);
        if (!_classes.TryGetValue(runClass, out var runs)) _classes[runClass] = runs = [];
        run.Index = runs.Count;
        runs.Add(run);
        return run;
    }

    /// <summary>A run ended by itself after so many seconds of work.</summary>
    public void End(string runClass, PastRun run, double seconds)
    {
        (run.Ended, run.Seconds, run.Since) = (true, seconds, double.PositiveInfinity);
        _lastTwo[runClass] = (seconds, _lastTwo.TryGetValue(runClass, out var two) ? two.Last : seconds);
    }

    /// <summary>Mean of the class's last two runs, in seconds; null where there is none.</summary>
    public double? LastTwo(string runClass) => _lastTwo.TryGetValue(runClass, out var two) ? (two.Last + two.Before) / 2 : null;

    /// <summary>What is known now about the lengths of all classes, and all about one: a copy that nothing adds to.</summary>
    internal RunHistory Frozen(string runClass)
    {
        var copy = new RunHistory();
        foreach (var (name, two) in _lastTwo) copy._lastTwo[name] = two;
        if (_classes.TryGetValue(runClass, out var runs)) copy._classes[runClass] = [.. runs.Select(run => run.Copy())];
        return copy;
    }

    /// <summary>Seconds per chance to finish: the inverse of the job's index, lower goes first.</summary>
    /// <param name="runClass">Its class.</param>
    /// <param name="run">The job.</param>
    /// <param name="now">The time.</param>
    public double Index(string runClass, PastRun run, double now)
    {
        var (had, count) = (run.Worked(now), 0);
        if (_classes.TryGetValue(runClass, out var runs))
            for (var i = Math.Max(0, run.Index - Neighbours); i <= Math.Min(runs.Count - 1, run.Index + Neighbours); i++)
            {
                var other = runs[i];
                var seconds = other.Worked(now);
                if (ReferenceEquals(other, run) || seconds <= had) continue;
                var weight = Math.Pow(1 + (Math.Abs(other.Submitted - run.Submitted) / NearSeconds), -NearPower);
                _samples[count++] = (seconds, other.Ended ? weight : 0, weight);
            }
        var (start, tail) = (Math.Max(had, ShortestTail), TailWeight * (1 - TailDecay));
        for (var k = 0; k < TailSamples; k++, tail *= TailDecay) _samples[count++] = (start * Math.Pow(2, k + 0.5), tail, tail);
        return Best(_samples.AsSpan(0, count), had);
    }

    private static double Best(Span<(double Seconds, double Event, double Weight)> samples, double had)
    {
        samples.Sort((a, b) => a.Seconds.CompareTo(b.Seconds));
        double atRisk = 0, survival = 1, finished = 0, spent = 0, best = double.MaxValue, previous = had;
        foreach (var sample in samples) atRisk += sample.Weight;
        foreach (var (seconds, ended, weight) in samples)
        {
            spent += survival * (seconds - previous);
            previous = seconds;
            if (ended > 0)
            {
                finished += survival * ended / atRisk;
                survival *= 1 - (ended / atRisk);
                best = Math.Min(best, spent / finished);
            }
            atRisk -= weight;
            if (atRisk <= 1e-12) break;
        }
        return best;
    }
}
