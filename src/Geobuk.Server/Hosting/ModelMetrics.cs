using System.Globalization;
using System.Text;
using Geobuk.Inference;

namespace Geobuk.Server.Hosting;

/// <summary>
/// One model's counts under the names that vLLM and llama.cpp's server use, so that dashboards made for those work, and under geobuk's
/// own for what they do not have: share of memory bandwidth, kernels, drafts.
/// </summary>
internal sealed class ModelMetrics
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private readonly Histogram _firstToken = Histogram.OfSeconds(), _gap = Histogram.OfSeconds(), _whole = Histogram.OfSeconds(), _queue = Histogram.OfSeconds(), _decode = Histogram.OfSeconds(), _prefill = Histogram.OfSeconds(), _inference = Histogram.OfSeconds();
    private readonly Histogram _promptTokens = Histogram.OfTokens(), _generatedTokens = Histogram.OfTokens(), _maxTokens = Histogram.OfTokens();
    private long _prompt, _generated;
    private double _promptSeconds, _generatedSeconds;

    /// <summary>A generation ended.</summary>
    public void Finish(FinishedGeneration finished)
    {
        lock (_lock)
        {
            _outcomes[finished.Outcome] = _outcomes.GetValueOrDefault(finished.Outcome) + 1;
            (_prompt, _generated) = (_prompt + finished.PromptTokens, _generated + finished.GeneratedTokens);
            _promptTokens.Add(finished.PromptTokens);
            _generatedTokens.Add(finished.GeneratedTokens);
            _maxTokens.Add(finished.MaxTokens);
            _queue.Add(finished.QueueSeconds);
            _whole.Add(finished.QueueSeconds + finished.Seconds);
            _inference.Add(finished.Seconds);
            foreach (var gap in finished.Gaps) _gap.Add(gap);
            if (finished.FirstTokenSeconds is not { } first) return;
            _firstToken.Add(finished.QueueSeconds + first);
            _prefill.Add(first);
            _decode.Add(finished.Seconds - first);
            (_promptSeconds, _generatedSeconds) = (_promptSeconds + first, _generatedSeconds + finished.Seconds - first);
        }
    }

    /// <summary>Texts were read and not answered: embeddings, reranking.</summary>
    public void FinishReading(string outcome, int tokens, double queueSeconds, double seconds)
    {
        lock (_lock)
        {
            _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
            (_prompt, _promptSeconds) = (_prompt + tokens, _promptSeconds + seconds);
            _promptTokens.Add(tokens);
            _queue.Add(queueSeconds);
            _inference.Add(seconds);
            _whole.Add(queueSeconds + seconds);
        }
    }

    /// <summary>Writes everything.</summary>
    public void Render(StringBuilder text, ServedModel model, EngineLoad load)
    {
        var counts = model.Engine.Counts;
        var labels = $"model_name=\"{model.Id.Replace("\\", "\\\\").Replace("\"", "\\\"")}\"";
        lock (_lock)
        {
            Gauge("vllm:num_requests_running", "Requests in the running batch.", load.Running);
            Gauge("vllm:num_requests_waiting", "Requests that wait.", load.Waiting);
            Gauge("vllm:kv_cache_usage_perc", "Share of cache blocks that sequences hold.", (double)load.UsedBlocks / load.BlockLimit);
            Counter("vllm:prefix_cache_queries_total", "Prompt tokens looked up in the cache.", counts.PrefixQueries);
            Counter("vllm:prefix_cache_hits_total", "Tokens found in the cache.", counts.PrefixHits);
            Counter("vllm:num_preemptions_total", "Sequences computed again for want of blocks.", counts.Preemptions);
            Counter("vllm:prompt_tokens_total", "Prompt tokens.", _prompt);
            Counter("vllm:generation_tokens_total", "Generated tokens.", _generated);
            Counter("vllm:spec_decode_num_drafts_total", "Verified guesses.", counts.Drafts);
            Counter("vllm:spec_decode_num_draft_tokens_total", "Guessed tokens.", counts.Drafted);
            Counter("vllm:spec_decode_num_accepted_tokens_total", "Guessed tokens that were right.", counts.Accepted);
            Head("vllm:request_success_total", "counter", "Requests by how they ended.");
            foreach (var (outcome, count) in _outcomes) Line($"vllm:request_success_total{{{labels},finished_reason=\"{outcome}\"}}", count);
            _firstToken.Render(text, "vllm:time_to_first_token_seconds", "From arrival to the first token.", labels);
            _gap.Render(text, "vllm:inter_token_latency_seconds", "Between tokens.", labels);
            _gap.Render(text, "vllm:time_per_output_token_seconds", "Between tokens, under the older name.", labels);
            _whole.Render(text, "vllm:e2e_request_latency_seconds", "From arrival to the end.", labels);
            _queue.Render(text, "vllm:request_queue_time_seconds", "From arrival to a place.", labels);
            _decode.Render(text, "vllm:request_decode_time_seconds", "From the first token to the last.", labels);
            _prefill.Render(text, "vllm:request_prefill_time_seconds", "From a place to the first token.", labels);
            _inference.Render(text, "vllm:request_inference_time_seconds", "From a place to the end.", labels);
            _promptTokens.Render(text, "vllm:request_prompt_tokens", "Prompt tokens of a request.", labels);
            _generatedTokens.Render(text, "vllm:request_generation_tokens", "Generated tokens of a request.", labels);
            // One answer for each request: the longest is that one.
            _generatedTokens.Render(text, "vllm:request_max_num_generation_tokens", "Tokens of a request's longest answer.", labels);
            Histogram.OfPowers(counts.StepsByRows, counts.Rows).Render(text, "vllm:iteration_tokens_total", "Tokens of a pass through the model, guesses included.", labels);
            _maxTokens.Render(text, "vllm:request_params_max_tokens", "Tokens a request allowed.", labels);
            Counter("llamacpp:prompt_tokens_total", "Prompt tokens.", _prompt);
            Counter("llamacpp:prompt_seconds_total", "Seconds until first tokens.", _promptSeconds);
            Gauge("llamacpp:prompt_tokens_seconds", "Prompt tokens per second.", _promptSeconds > 0 ? _prompt / _promptSeconds : 0);
            Counter("llamacpp:tokens_predicted_total", "Generated tokens.", _generated);
            Counter("llamacpp:tokens_predicted_seconds_total", "Seconds from first tokens to last.", _generatedSeconds);
            Gauge("llamacpp:predicted_tokens_seconds", "Generated tokens per second.", _generatedSeconds > 0 ? _generated / _generatedSeconds : 0);
            Gauge("llamacpp:requests_processing", "Requests in the running batch.", load.Running);
            Gauge("llamacpp:requests_deferred", "Requests that wait.", load.Waiting);
            Counter("llamacpp:n_decode_total", "Passes through the model.", counts.Steps);
            Counter("llamacpp:spec_decode_num_draft_tokens_total", "Guessed tokens.", counts.Drafted);
            Counter("llamacpp:spec_decode_num_accepted_tokens_total", "Guessed tokens that were right.", counts.Accepted);
            Gauge("geobuk:kv_blocks_used", "Cache blocks that sequences hold.", load.UsedBlocks);
            Gauge("geobuk:kv_blocks_cached", "Cache blocks kept for beginnings that come again.", load.CachedBlocks);
            Counter("geobuk:steps_seconds_total", "Seconds in passes through the model.", counts.Seconds);
            Counter("geobuk:rows_total", "Tokens computed, guesses included.", counts.Rows);
            var bytesPerSecond = counts.Seconds > 0 ? counts.Steps * (double)model.Engine.StepBytes / counts.Seconds : 0;
            Gauge("geobuk:weight_bytes_per_second", "Bytes of weights read per second of computing, each step once.", bytesPerSecond);
            if (model.MemoryBandwidth is { } peak) Gauge("geobuk:memory_bandwidth_share", "The same as a share of what memory delivered at the start.", bytesPerSecond / peak);
            Head("vllm:cache_config_info", "gauge", "The cache of keys and values.");
            Line($"vllm:cache_config_info{{{labels},block_size=\"{Engine.BlockPositions}\",cache_dtype=\"{model.Model.Options.KeyValueType.ToString().ToLowerInvariant()}\",enable_prefix_caching=\"True\",num_cpu_blocks=\"{load.BlockLimit}\",num_gpu_blocks=\"{load.BlockLimit}\"}}", 1);
            Head("geobuk:kernel_info", "gauge", "Formats and instructions of the kernels.");
            Line($"geobuk:kernel_info{{{labels},path=\"{model.Model.KernelPath}\"}}", 1);
        }

        void Gauge(string name, string help, double value) => One(name, "gauge", help, value);
        void Counter(string name, string help, double value) => One(name, "counter", help, value);
        void One(string name, string kind, string help, double value)
        {
            Head(name, kind, help);
            Line($"{name}{{{labels}}}", value);
        }

        void Head(string name, string kind, string help) => text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        void Line(string name, double value) => text.Append(name).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
