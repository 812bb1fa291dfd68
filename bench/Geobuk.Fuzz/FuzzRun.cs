using System.Diagnostics;
using Geobuk.Fuzz.Targets;
using Geobuk.Models;

namespace Geobuk.Fuzz;

/// <summary>Runs cases in this process, one after the other, each under a limit of time and memory.</summary>
public sealed class FuzzRun : IDisposable
{
    // A reader that hangs keeps its thread; a few of those, and the rest of the figures mean nothing.
    private const int MostHangs = 4;
    private const int HangFactor = 5;
    private const string Slow = "slow";

    private readonly FuzzOptions _options;
    private readonly IReadOnlyList<Target> _targets;
    private readonly Dictionary<Target, string> _folders = [];
    private readonly Dictionary<string, FuzzCounts> _byTarget = [];
    private readonly List<string> _failures = [];
    private int _hangs;

    /// <summary>Prepares the files.</summary>
    public FuzzRun(FuzzOptions options)
    {
        _options = options;
        _targets = [.. options.Kind == "documents" ? [] : SeedFiles.MakeTargets(), .. options.Kind == "models" ? [] : DocumentSeeds.MakeTargets()];
        foreach (var target in _targets)
        {
            _folders[target] = Directory.CreateTempSubdirectory("geobuk-fuzz-").FullName;
            target.WriteNeighbours(_folders[target]);
        }
    }

    /// <summary>What went wrong, one line each.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The counts of each kind of file.</summary>
    public IReadOnlyDictionary<string, FuzzCounts> ByTarget => _byTarget;

    /// <summary>Reads the valid files, which must be accepted.</summary>
    public void CheckSeeds()
    {
        foreach (var target in _targets)
            for (var i = 0; i < target.Seeds.Count; i++)
                if (Run(new FuzzCase(-1, target, target.Seeds[i])) is { Accepted: false } outcome) _failures.Add($"{target.Name}: valid file {i} is not accepted: {outcome.Failure ?? outcome.Refusal}");
    }

    /// <summary>Runs all cases.</summary>
    /// <param name="progress">Told the next case and the counts so far, before each case.</param>
    public FuzzCounts RunAll(Action<int, FuzzCounts>? progress = null)
    {
        var counts = new FuzzCounts();
        for (var number = _options.First; number < _options.Mutations && _hangs < MostHangs; number++)
        {
            progress?.Invoke(number, counts);
            counts += RunOne(number);
        }
        return counts;
    }

    /// <summary>Saves a case for a look at it and notes it as failed.</summary>
    public void Save(int number, string why)
    {
        var made = FuzzCase.Make(_targets, _options.Seed, number);
        Directory.CreateDirectory(_options.Output);
        var path = Path.Combine(_options.Output, $"{_options.Seed}-{number}-{made.Target.FileName}");
        File.WriteAllBytes(path, made.Bytes);
        File.WriteAllText(path + ".txt", why);
        _failures.Add($"{made.Target.Name}, case {number}: {why.Split('\n')[0]} ({path})");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var folder in _folders.Values) Directory.Delete(folder, recursive: true);
    }

    private FuzzCounts RunOne(int number)
    {
        var made = FuzzCase.Make(_targets, _options.Seed, number);
        var outcome = Run(made);
        // A busy machine can make a case slow once.
        if (outcome.Failure?.StartsWith(Slow, StringComparison.Ordinal) == true) outcome = Run(made);
        if (outcome.Failure is not null) Save(number, outcome.Failure);
        var count = outcome.Failure is not null ? new FuzzCounts(0, 0, 1) : outcome.Accepted ? new FuzzCounts(1, 0, 0) : new FuzzCounts(0, 1, 0);
        _byTarget[made.Target.Name] = _byTarget.GetValueOrDefault(made.Target.Name) + count;
        return count;
    }

    private FuzzOutcome Run(FuzzCase made)
    {
        var folder = _folders[made.Target];
        File.WriteAllBytes(Path.Combine(folder, made.Target.FileName), made.Bytes);
        FuzzOutcome? outcome = null;
        var thread = new Thread(() => outcome = Measure(made.Target, folder)) { IsBackground = true };
        thread.Start();
        if (thread.Join(TimeSpan.FromSeconds(_options.Seconds * HangFactor))) return outcome!;
        _hangs++;
        return new FuzzOutcome(false, null, $"hangs for more than {_options.Seconds * HangFactor} s");
    }

    private FuzzOutcome Measure(Target target, string folder)
    {
        var (watch, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        string? refusal = null, failure = null;
        try
        {
            target.Read(folder);
        }
        catch (UserInputException e)
        {
            refusal = e.Message;
            if (!refusal.Contains("expected", StringComparison.Ordinal)) failure = $"a message without an expectation: {refusal}";
        }
        catch (Exception e)
        {
            failure = e.ToString();
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (watch.Elapsed.TotalSeconds > _options.Seconds) failure ??= $"{Slow}: {watch.Elapsed.TotalSeconds:0.0} s";
        if (allocated > _options.Bytes) failure ??= $"allocates {allocated} bytes";
        return new FuzzOutcome(refusal is null && failure is null, refusal, failure);
    }
}
