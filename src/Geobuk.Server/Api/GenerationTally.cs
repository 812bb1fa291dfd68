using System.Diagnostics;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Counts one generation while it runs, and reports it once at the end.</summary>
internal sealed class GenerationTally(int promptTokens)
{
    private long _since;
    private double? _firstTokenSeconds;

    /// <summary>The request left the queue.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Tokens so far; a stop token counts, since it was computed.</summary>
    public int Generated { get; private set; }

    /// <summary>How the generation ended: stop, length, canceled, timeout or error.</summary>
    public string Outcome { get; set; } = "error";

    /// <summary>The counts for the client.</summary>
    public Usage Usage => Usage.Of(promptTokens, Generated);

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
        _firstTokenSeconds ??= Stopwatch.GetElapsedTime(_since).TotalSeconds;
    }

    /// <summary>Adds the counts to the server's, and writes the log line.</summary>
    public void Report(ServerMetrics metrics, ILogger logger, string model)
    {
        var seconds = Stopwatch.GetElapsedTime(_since).TotalSeconds;
        metrics.Finish(Outcome, promptTokens, Generated, _firstTokenSeconds, seconds);
        ServerLog.GenerationEnded(logger, model, Outcome, promptTokens, Generated, _firstTokenSeconds ?? 0, seconds);
    }
}
