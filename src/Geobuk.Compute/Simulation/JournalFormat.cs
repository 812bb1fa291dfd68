using System.Text.Json;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Wording;
using Geobuk.Recipes;

namespace Geobuk.Compute.Simulation;

/// <summary>The service's own journal.</summary>
internal sealed class JournalFormat : ITraceFormat
{
    // What a later version writes beside it is not in the way of reading it.
    private static readonly JsonSerializerOptions Lenient = new(RecipeJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private readonly HashSet<long> _ids = [];
    private readonly HashSet<long> _before = [];
    private readonly List<TraceDrain> _drains = [];
    private readonly List<double> _configs = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private int _open;

    public string Expected => "one JSON object per line, as geobuk compute writes them";

    public double? Zero => 0;

    public SortedDictionary<string, int> LeftOut { get; } = new(StringComparer.Ordinal);

    public IEnumerable<TraceDrain> Drains => _drains;

    public IEnumerable<string> Remarks
    {
        get
        {
            if (_open > 0) yield return $"{Counted.Of(_open, "job")} {(_open == 1 ? "was" : "were")} not over when it was written; each is taken to run as long as was expected of it then";
            if (_before.Count(id => !_ids.Contains(id)) is > 0 and var unknown) yield return $"{Counted.Of(unknown, "job")} that others come after {(unknown == 1 ? "is" : "are")} not in it; taken to have been done before";
            // The first is the one it began with.
            foreach (var at in _configs.Skip(1)) yield return $"the configuration was changed at {DateTimeOffset.FromUnixTimeSeconds((long)at):yyyy-MM-dd'T'HH:mm:ss}; --pool before.json,{DateTimeOffset.FromUnixTimeSeconds((long)at):yyyy-MM-dd'T'HH:mm:ss}=after.json replays that, too";
        }
    }

    public TraceJob? Read(string line)
    {
        using (var document = JsonDocument.Parse(line))
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("at", out _) && !root.TryGetProperty("submitted", out _))
            {
                Event(root.Deserialize<JournalEvent>(Lenient)!);
                return null;
            }
        return Job(JsonSerializer.Deserialize<JournalEntry>(line, Lenient) ?? throw new FormatException("null"));
    }

    private TraceJob Job(JournalEntry entry)
    {
        if (entry.Workers is { } workers && (workers < 1 || entry.Devices % workers != 0)) throw new FormatException($"{Counted.Of(entry.Devices, "device")} for {Counted.Of(workers, "worker")}");
        if (!Enum.IsDefined(entry.Label) || !Enum.IsDefined(entry.Topology)) throw new FormatException($"label {entry.Label}, topology {entry.Topology}");
        if (!JobRequest.IsPath(entry.Tenant)) throw new FormatException($"tenant \"{entry.Tenant}\"");
        if (entry.Priority is < 0 or > 100) throw new FormatException($"priority {entry.Priority}");
        if (entry.Estimate is <= 0 || entry.MaxRun is <= 0 || !double.IsFinite(entry.Estimate ?? 0) || !double.IsFinite(entry.MaxRun ?? 0)) throw new FormatException($"estimate {entry.Estimate}, max_run {entry.MaxRun}");
        if (entry.Cancelled is { } cancelled && !(cancelled >= entry.Submitted && double.IsFinite(cancelled))) throw new FormatException($"cancelled at {cancelled}, before it was submitted");
        if (entry.Id is { } id && !_ids.Add(id)) throw new FormatException($"job {id} is there twice");
        if (entry.After.FirstOrDefault(before => before >= entry.Id, -1) is >= 0 and var later) throw new FormatException($"job {entry.Id} comes after job {later}, which is not an earlier one");
        _before.UnionWith(entry.After);
        if (entry.Open) _open++;
        return new TraceJob(entry.Submitted, entry.Seconds, entry.Devices, Same(entry.Tenant)!, entry.Estimate, entry.Preemptible)
        {
            Id = entry.Id, Workers = entry.Workers, Kind = Same(entry.Kind), Pool = Same(entry.Pool), Label = entry.Label, Topology = entry.Topology, Priority = entry.Priority,
            MaxRunSeconds = entry.MaxRun ?? double.PositiveInfinity, RunClass = Same(entry.RunClass), After = entry.After, IsDone = entry.Done, Cancelled = entry.Cancelled,
        };
    }

    private void Event(JournalEvent happened)
    {
        if (!double.IsFinite(happened.At)) throw new FormatException($"at {happened.At}");
        if (happened.Config is not null) _configs.Add(happened.At);
        if ((happened.Drain ?? happened.Resume) is { } node) _drains.Add(new TraceDrain(happened.At, node, happened.Drain is not null));
    }

    /// <summary>Names recur in most lines: each is kept once.</summary>
    private string? Same(string? text)
    {
        if (text is null) return null;
        if (_texts.TryGetValue(text, out var same)) return same;
        return _texts[text] = text;
    }
}
