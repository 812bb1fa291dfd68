using System.Globalization;
using System.Text;

namespace Geobuk.Server.Hosting;

/// <summary>Counts what the server did since it started, and writes it in Prometheus' text form (exposition format 0.0.4).</summary>
internal sealed class ServerMetrics
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _finished = new(StringComparer.Ordinal);
    private long _promptTokens;
    private long _generatedTokens;
    private long _rejected;
    private long _firstTokens;
    private double _firstTokenSeconds;
    private double _generationSeconds;

    /// <summary>A request was turned away because the queue was full.</summary>
    public void Reject()
    {
        lock (_lock) _rejected++;
    }

    /// <summary>A request ended.</summary>
    /// <param name="outcome">stop, length, canceled, timeout or error; answered where another server did, or texts were only read.</param>
    /// <param name="promptTokens">Tokens read.</param>
    /// <param name="generatedTokens">Tokens written.</param>
    /// <param name="firstTokenSeconds">From the first look at the prompt to the first token; null when none came.</param>
    /// <param name="seconds">From the first look at the prompt to the end.</param>
    public void Finish(string outcome, int promptTokens, int generatedTokens, double? firstTokenSeconds, double seconds)
    {
        lock (_lock)
        {
            _finished[outcome] = _finished.GetValueOrDefault(outcome) + 1;
            _promptTokens += promptTokens;
            _generatedTokens += generatedTokens;
            _generationSeconds += seconds;
            if (firstTokenSeconds is not { } first) return;
            _firstTokens++;
            _firstTokenSeconds += first;
        }
    }

    /// <summary>All counts as text.</summary>
    public string Render(int running, int waiting)
    {
        var text = new StringBuilder();
        lock (_lock)
        {
            Header("geobuk_requests_total", "counter", "Requests that ended, by outcome.");
            foreach (var (outcome, count) in _finished) Line($"geobuk_requests_total{{outcome=\"{outcome}\"}}", count);
            One("geobuk_requests_running", "gauge", "Requests that compute now.", running);
            One("geobuk_requests_waiting", "gauge", "Requests that wait for a place.", waiting);
            One("geobuk_admission_rejections_total", "counter", "Requests turned away because the queue was full.", _rejected);
            One("geobuk_prompt_tokens_total", "counter", "Prompt tokens read.", _promptTokens);
            One("geobuk_generation_tokens_total", "counter", "Tokens generated.", _generatedTokens);
            One("geobuk_generation_seconds_total", "counter", "Time spent on requests, waiting excluded.", _generationSeconds);
            Header("geobuk_time_to_first_token_seconds", "summary", "From the prompt to the first token, waiting excluded.");
            Line("geobuk_time_to_first_token_seconds_sum", _firstTokenSeconds);
            Line("geobuk_time_to_first_token_seconds_count", _firstTokens);
        }
        return text.ToString();

        void One(string name, string kind, string help, double value)
        {
            Header(name, kind, help);
            Line(name, value);
        }

        void Header(string name, string kind, string help) =>
            text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');

        void Line(string name, double value) =>
            text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
