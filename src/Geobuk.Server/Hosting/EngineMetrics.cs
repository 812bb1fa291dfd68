using Geobuk.Inference;

namespace Geobuk.Server.Hosting;

/// <summary>
/// What an engine of ours does beyond its requests: its cache, its guesses and its passes, under vLLM's and llama.cpp's names, and under
/// geobuk's own what those do not have: share of memory bandwidth, kernels.
/// </summary>
internal static class EngineMetrics
{
    /// <summary>Writes everything.</summary>
    public static void Render(MetricsText text, string labels, ServedModel model, EngineLoad load)
    {
        var counts = model.Engine.Counts;
        Cache(text, labels, model, load);
        foreach (var prefix in new[] { "vllm", "llamacpp" })
        {
            text.Counter($"{prefix}:spec_decode_num_drafts_total", "Verified guesses.", counts.Drafts, labels);
            text.Counter($"{prefix}:spec_decode_num_draft_tokens_total", "Guessed tokens.", counts.Drafted, labels);
            text.Counter($"{prefix}:spec_decode_num_accepted_tokens_total", "Guessed tokens that were right.", counts.Accepted, labels);
            for (var place = 0; place < counts.AcceptedByPlace.Count; place++)
                text.Counter($"{prefix}:spec_decode_num_accepted_tokens_per_pos_total", "Guessed tokens that were right, by their place in the guess.", counts.AcceptedByPlace[place], $"{labels},position=\"{place}\"");
        }
        Histogram.OfPowers(counts.StepsByRows, counts.Rows).Render(text, "vllm:iteration_tokens_total", "Tokens of a pass through the model, guesses included.", labels);
        text.Counter("llamacpp:n_decode_total", "Passes through the model.", counts.Steps, labels);
        // llama.cpp calls this a counter, too, though it is a maximum.
        text.Counter("llamacpp:n_tokens_max", "Tokens of the longest sequence so far.", counts.LongestSequence, labels);
        text.Gauge("llamacpp:n_busy_slots_per_decode", "Sequences in a pass, the mean since the start.", counts.Steps > 0 ? (double)counts.Sequences / counts.Steps : 0, labels);
        text.Counter("geobuk:steps_seconds_total", "Seconds in passes through the model.", counts.Seconds, labels);
        text.Counter("geobuk:rows_total", "Tokens computed, guesses included.", counts.Rows, labels);
        var bytesPerSecond = counts.Seconds > 0 ? counts.Steps * (double)model.Engine.StepBytes / counts.Seconds : 0;
        text.Gauge("geobuk:weight_bytes_per_second", "Bytes of weights read per second of computing, each step once.", bytesPerSecond, labels);
        if (model.MemoryBandwidth is { } peak) text.Gauge("geobuk:memory_bandwidth_share", "The same as a share of what memory delivered at the start.", bytesPerSecond / peak, labels);
        text.Gauge("geobuk:kernel_info", "Formats and instructions of the kernels.", 1, $"{labels},{MetricsText.Label("path", model.Model.KernelPath)}");
    }

    private static void Cache(MetricsText text, string labels, ServedModel model, EngineLoad load)
    {
        var counts = model.Engine.Counts;
        text.Gauge("vllm:kv_cache_usage_perc", "Share of cache blocks that sequences hold.", (double)load.UsedBlocks / load.BlockLimit, labels);
        text.Counter("vllm:prefix_cache_queries_total", "Prompt tokens looked up in the cache.", counts.PrefixQueries, labels);
        text.Counter("vllm:prefix_cache_hits_total", "Tokens found in the cache.", counts.PrefixHits, labels);
        text.Counter("vllm:num_preemptions_total", "Sequences computed again for want of blocks.", counts.Preemptions, labels);
        text.Gauge("vllm:cache_config_info", "The cache of keys and values.", 1,
            $"{labels},block_size=\"{Engine.BlockPositions}\",cache_dtype=\"{model.Model.Options.KeyValueType.ToString().ToLowerInvariant()}\",enable_prefix_caching=\"True\",num_cpu_blocks=\"{load.BlockLimit}\",num_gpu_blocks=\"{load.BlockLimit}\"");
        text.Gauge("geobuk:kv_blocks_used", "Cache blocks that sequences hold.", load.UsedBlocks, labels);
        text.Gauge("geobuk:kv_blocks_cached", "Cache blocks kept for beginnings that come again.", load.CachedBlocks, labels);
    }
}
