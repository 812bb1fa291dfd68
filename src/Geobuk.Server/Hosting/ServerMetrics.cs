namespace Geobuk.Server.Hosting;

/// <summary>Counts what the server did since it started, over all models.</summary>
internal sealed class ServerMetrics
{
    private const string Elsewhere = "none", OtherMethod = "OTHER";
    // What watches the server is no request of its users.
    private static readonly string[] s_watching = ["/health", "/metrics"];
    private static readonly string[] s_methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _finished = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Route, string Method, int Hundreds), long> _answers = [];
    private readonly Dictionary<(string Route, string Method), Histogram> _durations = [];
    private long _promptTokens;
    private long _generatedTokens;
    private long _rejected;
    private long _firstTokens;
    private double _firstTokenSeconds;
    private double _generationSeconds;

    /// <summary>A request was turned away because a limit of its key was reached or the queue was full.</summary>
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

    /// <summary>An HTTP request was answered, however.</summary>
    /// <param name="route">The pattern of its route; null where there is none for it.</param>
    /// <param name="method">As the client wrote it.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="seconds">From its head to the end of its answer.</param>
    public void Answer(string? route, string method, int status, double seconds)
    {
        if (s_watching.Contains(route)) return;
        // A client may invent as many paths and methods as it likes.
        var key = (Route: route ?? Elsewhere, Method: s_methods.Contains(method) ? method : OtherMethod);
        lock (_lock)
        {
            var answers = (key.Route, key.Method, status / 100);
            _answers[answers] = _answers.GetValueOrDefault(answers) + 1;
            if (!_durations.TryGetValue(key, out var durations)) _durations[key] = durations = Histogram.OfAnswers();
            durations.Add(seconds);
        }
    }

    /// <summary>Writes all counts.</summary>
    public void Render(MetricsText text, int running, int waiting)
    {
        lock (_lock)
        {
            foreach (var (outcome, count) in _finished) text.Counter("geobuk_requests_total", "Requests that ended, by outcome.", count, $"outcome=\"{outcome}\"");
            text.Gauge("geobuk_requests_running", "Requests that compute now.", running);
            text.Gauge("geobuk_requests_waiting", "Requests that wait for a place.", waiting);
            text.Counter("geobuk_admission_rejections_total", "Requests turned away: a limit of the key, or a full queue.", _rejected);
            text.Counter("geobuk_prompt_tokens_total", "Prompt tokens read.", _promptTokens);
            text.Counter("geobuk_generation_tokens_total", "Tokens generated.", _generatedTokens);
            text.Counter("geobuk_generation_seconds_total", "Time spent on requests, waiting excluded.", _generationSeconds);
            var first = text.Family("geobuk_time_to_first_token_seconds", "summary", "From the prompt to the first token, waiting excluded.");
            MetricsText.Line(first, "geobuk_time_to_first_token_seconds_sum", "", _firstTokenSeconds);
            MetricsText.Line(first, "geobuk_time_to_first_token_seconds_count", "", _firstTokens);
            foreach (var ((route, method, hundreds), count) in _answers)
                text.Counter("http_requests_total", "HTTP requests answered, by path and kind of status.", count, $"{MetricsText.Label("handler", route)},method=\"{method}\",status=\"{hundreds}xx\"");
            foreach (var ((route, method), durations) in _durations)
                durations.Render(text, "http_request_duration_seconds", "From an HTTP request's head to the end of its answer.", $"{MetricsText.Label("handler", route)},method=\"{method}\"");
        }
    }
}
