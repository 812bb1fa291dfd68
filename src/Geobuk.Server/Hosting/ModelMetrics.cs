namespace Geobuk.Server.Hosting;

/// <summary>
/// The requests of one model, whether an engine of ours computes them or another server does, under the names that vLLM (its V1 engine)
/// and llama.cpp's server use, so that dashboards made for those work.
/// </summary>
internal sealed class ModelMetrics
{
    // vLLM's words for how a request ended.
    private static readonly string[] s_reasons = ["stop", "length", "abort", "error"];

    private readonly Lock _lock = new();
    private readonly long[] _ended = new long[s_reasons.Length];
    private readonly Histogram _firstToken = Histogram.OfFirstTokens(), _gap = Histogram.OfGaps(), _meanGap = Histogram.OfGaps();
    private readonly Histogram _whole = Histogram.OfRequests(), _queue = Histogram.OfRequests(), _prefill = Histogram.OfRequests(), _decode = Histogram.OfRequests(), _inference = Histogram.OfRequests();
    private readonly Histogram _promptTokens = Histogram.OfTokens(), _computedTokens = Histogram.OfTokens(), _generatedTokens = Histogram.OfTokens(), _maxTokens = Histogram.OfTokens();
    private readonly Histogram _answers = new(1, 2, 5, 10, 20);
    private long _prompt, _cached, _generated, _timedPrompt, _timedGenerated;
    private double _promptSeconds, _generatedSeconds;

    /// <summary>The labels of a model's metrics. vLLM numbers its engines; here is one for each model.</summary>
    public static string Labels(string model) => $"engine=\"0\",{MetricsText.Label("model_name", model)}";

    /// <summary>A generation ended.</summary>
    public void Finish(FinishedGeneration finished)
    {
        lock (_lock)
        {
            Read(finished.Outcome, finished.PromptTokens, finished.CachedTokens, finished.QueueSeconds, finished.Seconds);
            _generated += finished.GeneratedTokens;
            _generatedTokens.Add(finished.GeneratedTokens);
            _answers.Add(finished.Answers);
            if (finished.MaxTokens > 0) _maxTokens.Add(finished.MaxTokens);
            foreach (var gap in finished.Gaps) _gap.Add(gap);
            if (finished.FirstTokenSeconds is not { } first) return;
            var decode = finished.Seconds - first;
            _firstToken.Add(finished.QueueSeconds + first);
            _prefill.Add(first);
            _decode.Add(decode);
            _meanGap.Add(finished.GeneratedTokens > 1 ? decode / (finished.GeneratedTokens - 1) : 0);
            Time(finished.PromptTokens - finished.CachedTokens, first);
            (_timedGenerated, _generatedSeconds) = (_timedGenerated + finished.GeneratedTokens, _generatedSeconds + decode);
        }
    }

    /// <summary>Texts were read and not answered: embeddings, reranking.</summary>
    public void FinishReading(string outcome, int tokens, double queueSeconds, double seconds)
    {
        lock (_lock)
        {
            Read(outcome, tokens, 0, queueSeconds, seconds);
            Time(tokens, seconds);
        }
    }

    /// <summary>Writes everything, with what the model is busy with now.</summary>
    public void Render(MetricsText text, string labels, int running, int waiting)
    {
        lock (_lock)
        {
            text.Gauge("vllm:num_requests_running", "Requests in the running batch.", running, labels);
            text.Gauge("vllm:num_requests_waiting", "Requests that wait.", waiting, labels);
            foreach (var (reason, count) in new[] { ("capacity", waiting), ("deferred", 0) })
                text.Gauge("vllm:num_requests_waiting_by_reason", "Requests that wait, by what they wait for.", count, $"{labels},reason=\"{reason}\"");
            text.Counter("vllm:prompt_tokens_total", "Prompt tokens.", _prompt, labels);
            text.Counter("vllm:prompt_tokens_cached_total", "Prompt tokens that needed no computing.", _cached, labels);
            foreach (var (source, tokens) in new[] { ("local_compute", _prompt - _cached), ("local_cache_hit", _cached), ("external_kv_transfer", 0) })
                text.Counter("vllm:prompt_tokens_by_source_total", "Prompt tokens by where they came from.", tokens, $"{labels},source=\"{source}\"");
            text.Counter("vllm:generation_tokens_total", "Generated tokens.", _generated, labels);
            foreach (var (reason, count) in s_reasons.Zip(_ended))
                text.Counter("vllm:request_success_total", "Requests by how they ended.", count, $"{labels},finished_reason=\"{reason}\"");
            _firstToken.Render(text, "vllm:time_to_first_token_seconds", "From arrival to the first token.", labels);
            _gap.Render(text, "vllm:inter_token_latency_seconds", "Between tokens.", labels);
            _gap.Render(text, "vllm:time_per_output_token_seconds", "Between tokens, under the older name.", labels);
            _meanGap.Render(text, "vllm:request_time_per_output_token_seconds", "Between tokens, the mean of a request.", labels);
            _whole.Render(text, "vllm:e2e_request_latency_seconds", "From arrival to the end.", labels);
            _queue.Render(text, "vllm:request_queue_time_seconds", "From arrival to a place.", labels);
            _prefill.Render(text, "vllm:request_prefill_time_seconds", "From a place to the first token.", labels);
            _decode.Render(text, "vllm:request_decode_time_seconds", "From the first token to the last.", labels);
            _inference.Render(text, "vllm:request_inference_time_seconds", "From a place to the end.", labels);
            _promptTokens.Render(text, "vllm:request_prompt_tokens", "Prompt tokens of a request.", labels);
            _computedTokens.Render(text, "vllm:request_prefill_kv_computed_tokens", "Prompt tokens of a request that were computed.", labels);
            _generatedTokens.Render(text, "vllm:request_generation_tokens", "Generated tokens of a request.", labels);
            // Of a request for several answers only the sum is known, and an engine of ours gives one.
            _generatedTokens.Render(text, "vllm:request_max_num_generation_tokens", "Tokens of a request's longest answer.", labels);
            _maxTokens.Render(text, "vllm:request_params_max_tokens", "Tokens a request allowed.", labels);
            _answers.Render(text, "vllm:request_params_n", "Answers a request asked for.", labels);
            text.Counter("llamacpp:prompt_tokens_total", "Prompt tokens computed.", _prompt - _cached, labels);
            text.Counter("llamacpp:prompt_tokens_cached_total", "Prompt tokens from the cache.", _cached, labels);
            text.Counter("llamacpp:prompt_seconds_total", "Seconds until first tokens.", _promptSeconds, labels);
            text.Gauge("llamacpp:prompt_tokens_seconds", "Prompt tokens per second.", _promptSeconds > 0 ? _timedPrompt / _promptSeconds : 0, labels);
            text.Counter("llamacpp:tokens_predicted_total", "Generated tokens.", _generated, labels);
            text.Counter("llamacpp:tokens_predicted_seconds_total", "Seconds from first tokens to last.", _generatedSeconds, labels);
            text.Gauge("llamacpp:predicted_tokens_seconds", "Generated tokens per second.", _generatedSeconds > 0 ? _timedGenerated / _generatedSeconds : 0, labels);
            text.Gauge("llamacpp:requests_processing", "Requests in the running batch.", running, labels);
            text.Gauge("llamacpp:requests_deferred", "Requests that wait.", waiting, labels);
        }
    }

    private void Read(string outcome, int tokens, int cached, double queueSeconds, double seconds)
    {
        _ended[Array.IndexOf(s_reasons, Reason(outcome))]++;
        (_prompt, _cached) = (_prompt + tokens, _cached + cached);
        _promptTokens.Add(tokens);
        _computedTokens.Add(tokens - cached);
        _queue.Add(queueSeconds);
        _inference.Add(seconds);
        _whole.Add(queueSeconds + seconds);
    }

    private void Time(int tokens, double seconds) => (_timedPrompt, _promptSeconds) = (_timedPrompt + tokens, _promptSeconds + seconds);

    /// <summary>Whoever left or ran out of time was aborted; tools called and texts read are ends like any other.</summary>
    private static string Reason(string outcome) => outcome switch
    {
        "canceled" or "timeout" => "abort",
        "length" or "abort" or "error" => outcome,
        _ => "stop",
    };
}
