using System.Diagnostics;
using Geobuk.Inference;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Counts one generation while it runs, and reports it once at the end.</summary>
internal sealed class GenerationTally(GenerationJob job)
{
    private readonly long _arrived = Stopwatch.GetTimestamp();
    private readonly List<double> _gaps = [];
    private Generation? _generation;
    private long _since;
    private long _last;
    private double? _firstTokenSeconds;

    /// <summary>The request left the queue.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Tokens so far; a stop token counts, since it was computed.</summary>
    public int Generated { get; private set; }

    /// <summary>How the generation ended: stop, length, canceled, timeout or error.</summary>
    public string Outcome { get; set; } = "error";

    /// <summary>The counts for the client.</summary>
    public Usage Usage => Usage.Of(job.Prompt.Length, Generated, _generation?.CachedTokens ?? 0);

    /// <summary>The request is in the queue.</summary>
    public void Enter(Generation generation) => _generation = generation;

    /// <summary>The clock runs from here: waiting does not count.</summary>
    public void Start()
    {
        HasStarted = true;
        _since = Stopwatch.GetTimestamp();
    }

    /// <summary>One more token.</summary>
    public void Count()
    {
        Generated++;
        var now = Stopwatch.GetTimestamp();
        if (_firstTokenSeconds is null) _firstTokenSeconds = Stopwatch.GetElapsedTime(_since, now).TotalSeconds;
        else _gaps.Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
        _last = now;
    }

    /// <summary>Adds the counts to the server's, and writes the log line.</summary>
    public void Report(ServerMetrics metrics, ModelCatalog catalog, ILogger logger)
    {
        var seconds = Stopwatch.GetElapsedTime(_since).TotalSeconds;
        metrics.Finish(Outcome, job.Prompt.Length, Generated, _firstTokenSeconds, seconds);
        catalog.MetricsOf(job.Model).Finish(new FinishedGeneration(
            Outcome, job.Prompt.Length, Generated, job.Sampling.MaxTokens, Stopwatch.GetElapsedTime(_arrived, _since).TotalSeconds, _firstTokenSeconds, seconds, _gaps));
        catalog.GateOf(job.Model).Leave(seconds);
        ServerLog.GenerationEnded(logger, job.Model.Id, Outcome, job.Prompt.Length, Generated, _firstTokenSeconds ?? 0, seconds);
    }
}
