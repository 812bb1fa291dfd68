using System.Diagnostics;
using Geobuk.Inference;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>One answer while it is generated: counts it, and reports it once at the end.</summary>
internal sealed class GenerationTally(ServedModel model, AnswerRequest answer, Generation generation)
{
    private readonly long _arrived = Stopwatch.GetTimestamp();
    private readonly List<double> _gaps = [];
    private long _since;
    private long _last;
    private double? _firstTokenSeconds;

    /// <summary>What is asked for.</summary>
    public AnswerRequest Answer { get; } = answer;

    /// <summary>Gives the tokens.</summary>
    public Generation Generation { get; } = generation;

    /// <summary>The answer left the queue.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Tokens so far; a stop token counts, since it was computed.</summary>
    public int Generated { get; private set; }

    /// <summary>How the generation ended: stop, length, canceled, timeout or error; null while it has not.</summary>
    public string? Outcome { get; set; }

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
        var (outcome, prompt, seconds) = (Outcome ?? "error", Answer.Prompt.Length, Stopwatch.GetElapsedTime(_since).TotalSeconds);
        metrics.Finish(outcome, prompt, Generated, _firstTokenSeconds, seconds);
        catalog.MetricsOf(model).Finish(new FinishedGeneration(
            outcome, prompt, Generation.CachedTokens, Generated, Answer.Sampling.MaxTokens, Stopwatch.GetElapsedTime(_arrived, _since).TotalSeconds, _firstTokenSeconds, seconds, _gaps));
        catalog.GateOf(model).Leave(seconds);
        ServerLog.GenerationEnded(logger, model.Id, outcome, prompt, Generated, _firstTokenSeconds ?? 0, seconds);
    }
}
