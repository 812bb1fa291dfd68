namespace Geobuk.Compute.Estimates;

/// <summary>
/// What past runs say about how long a job will run.
/// <para>
/// The mean of a class's last two runs (Tsafrir, Etsion, Feitelson 2007) is better than what users say. For the order of jobs
/// whose length nobody said there is the index of Gittins (1979): the job goes first that is most likely to finish per second
/// given to it, max over d of P(S ≤ a+d | S > a) / E[min(S − a, d) | S > a] for one that has had a seconds. The distribution of
/// S is a product-limit estimate (Kaplan, Meier 1958) over the job's class, in which runs submitted at about the same time weigh
/// most, those not ended count as longer than they have run, and a power law stands in where there are few. The index looks at
/// the first chance to finish only, so what ranks a job is the geometric mean of its inverse and of the seconds that are left.
/// </para>
/// <para>
/// Jobs submitted together run about equally long, so whichever of them is furthest tells about the others, and each that is
/// begun and left tells nothing. Once a job has had <see cref="Begun"/> seconds it counts as shorter where it is ahead of those
/// submitted next to it, and as longer where it is behind one of them.
/// </para>
/// </summary>
public sealed class RunHistory
{
    private const int Neighbours = 60, TailSamples = 12, Siblings = 7;
    private const double NearSeconds = 3600, NearPower = 0.5, TailWeight = 0.1, TailDecay = 0.15, ShortestTail = 100;
    private const double Begun = 7200, Ahead = 0.6, Behind = 1.5, FarAhead = 4;

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

    /// <summary>Where a job stands in the order, in seconds: lower goes first.</summary>
    /// <param name="runClass">Its class.</param>
    /// <param name="run">The job.</param>
    /// <param name="now">The time.</param>
    public double Rank(string runClass, PastRun run, double now)
    {
        var (had, count) = (run.Worked(now), 0);
        List<PastRun> runs = _classes.TryGetValue(runClass, out var known) ? known : [];
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
        var left = Left(_samples.AsSpan(0, count), had);
        return had < Begun ? left : left * (IsAhead(runs, run, had, now) ? Ahead : Behind);
    }

    /// <summary>Whether none of those submitted next to it has had more and is still to end. One that has had many times as much is of another kind.</summary>
    private static bool IsAhead(List<PastRun> runs, PastRun run, double had, double now)
    {
        for (var i = Math.Max(0, run.Index - Siblings); i <= Math.Min(runs.Count - 1, run.Index + Siblings); i++)
            if (runs[i] is { Ended: false, Abandoned: false } other && other.Worked(now) > had && other.Worked(now) <= FarAhead * had) return false;
        return true;
    }

    private static double Left(Span<(double Seconds, double Event, double Weight)> samples, double had)
    {
        samples.Sort((a, b) => a.Seconds.CompareTo(b.Seconds));
        double atRisk = 0, survival = 1, finished = 0, spent = 0, inverse = double.MaxValue, logarithms = 0, previous = had;
        foreach (var sample in samples) atRisk += sample.Weight;
        foreach (var (seconds, ended, weight) in samples)
        {
            spent += survival * (seconds - previous);
            previous = seconds;
            if (ended > 0)
            {
                var ends = survival * ended / atRisk;
                finished += ends;
                survival -= ends;
                logarithms += ends * Math.Log(seconds - had + 1);
                inverse = Math.Min(inverse, spent / finished);
            }
            atRisk -= weight;
            if (atRisk <= 1e-12) break;
        }
        return Math.Sqrt(inverse * Math.Exp(logarithms / finished));
    }
}
