using System.Globalization;
using System.Net;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Api;

/// <summary>What dashboards find under /metrics.</summary>
[Collection(ServerCollection.Name)]
public sealed class MetricsTests(ServerFixture fixture)
{
    // vLLM's dashboards (examples/observability: Overview, Instances, KV Cache, Speculative Decoding, and the older grafana.json), but for what
    // other hardware, sleep, adapters and transfer between machines need.
    private static readonly Dictionary<string, string[]> s_requests = new()
    {
        ["gauge"] = ["vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:num_requests_waiting_by_reason"],
        ["counter"] = ["vllm:prompt_tokens_total", "vllm:prompt_tokens_cached_total", "vllm:prompt_tokens_by_source_total", "vllm:generation_tokens_total", "vllm:request_success_total"],
        ["histogram"] =
        [
            "vllm:time_to_first_token_seconds", "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds", "vllm:request_time_per_output_token_seconds",
            "vllm:e2e_request_latency_seconds", "vllm:request_queue_time_seconds", "vllm:request_prefill_time_seconds", "vllm:request_decode_time_seconds",
            "vllm:request_inference_time_seconds", "vllm:request_prompt_tokens", "vllm:request_generation_tokens", "vllm:request_prefill_kv_computed_tokens",
            "vllm:request_max_num_generation_tokens", "vllm:request_params_max_tokens", "vllm:request_params_n",
        ],
    };

    private static readonly Dictionary<string, string[]> s_engine = new()
    {
        ["gauge"] = ["vllm:kv_cache_usage_perc", "vllm:cache_config_info"],
        ["counter"] =
        [
            "vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total", "vllm:num_preemptions_total", "vllm:spec_decode_num_drafts_total",
            "vllm:spec_decode_num_draft_tokens_total", "vllm:spec_decode_num_accepted_tokens_total", "vllm:spec_decode_num_accepted_tokens_per_pos_total",
        ],
        ["histogram"] = ["vllm:iteration_tokens_total"],
    };

    private static readonly Dictionary<string, string[]> s_process = new()
    {
        ["gauge"] = ["process_start_time_seconds", "process_resident_memory_bytes"],
        ["counter"] = ["process_cpu_seconds_total", "http_requests_total"],
        ["histogram"] = ["http_request_duration_seconds"],
    };

    // llama.cpp's server, as its own tests list them.
    private static readonly Dictionary<string, string[]> s_llamaRequests = new()
    {
        ["gauge"] = ["llamacpp:prompt_tokens_seconds", "llamacpp:predicted_tokens_seconds", "llamacpp:requests_processing", "llamacpp:requests_deferred"],
        ["counter"] = ["llamacpp:prompt_tokens_total", "llamacpp:prompt_tokens_cached_total", "llamacpp:prompt_seconds_total", "llamacpp:tokens_predicted_total", "llamacpp:tokens_predicted_seconds_total"],
    };

    private static readonly Dictionary<string, string[]> s_llamaEngine = new()
    {
        ["gauge"] = ["llamacpp:n_busy_slots_per_decode"],
        ["counter"] = ["llamacpp:n_decode_total", "llamacpp:n_tokens_max", "llamacpp:spec_decode_num_drafts_total", "llamacpp:spec_decode_num_draft_tokens_total", "llamacpp:spec_decode_num_accepted_tokens_total"],
    };

    [Fact]
    public async Task Metrics_OfAnEngine_HaveEveryNameOfTheDashboardsInItsType()
    {
        await fixture.Server.PostOkAsync("/v1/completions", """{"model":"reciting","prompt":"네?","max_tokens":60}""");

        var metrics = new Scrape(await fixture.Server.Http.GetStringAsync("/metrics"));

        foreach (var names in new[] { s_requests, s_engine, s_process, s_llamaRequests, s_llamaEngine }) metrics.Has(names);
        const string Model = "{engine=\"0\",model_name=\"reciting\"";
        Assert.InRange(metrics.Value($"llamacpp:n_tokens_max{Model}}}"), 60, TinyModels.Context);
        Assert.InRange(metrics.Value($"llamacpp:n_busy_slots_per_decode{Model}}}"), 1, 4);
        Assert.Equal(metrics.Value($"vllm:spec_decode_num_accepted_tokens_total{Model}}}"), Enumerable.Range(0, 24).Sum(i => metrics.Value($"vllm:spec_decode_num_accepted_tokens_per_pos_total{Model},position=\"{i}\"}}")));
        Assert.True(metrics.Value($"vllm:spec_decode_num_accepted_tokens_per_pos_total{Model},position=\"0\"}}") > 0);
        Assert.True(metrics.Value($"vllm:iteration_tokens_total_sum{Model}}}") > 0);
        Assert.True(metrics.Value($"vllm:iteration_tokens_total_bucket{Model},le=\"16384.0\"}}") > 0);
        // The service levels that the dashboards choose by a bucket's limit.
        foreach (var limit in new[] { "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0", "10.0" }) metrics.Value($"vllm:time_to_first_token_seconds_bucket{Model},le=\"{limit}\"}}");
        foreach (var limit in new[] { "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.3", "0.5" }) metrics.Value($"vllm:request_time_per_output_token_seconds_bucket{Model},le=\"{limit}\"}}");
        Assert.Contains("geobuk:kernel_info{engine=\"0\",model_name=\"reciting\",path=\"F32 ", metrics.Text);
        Assert.Contains($"vllm:cache_config_info{Model},block_size=\"32\",cache_dtype=\"f32\"", metrics.Text);
    }

    [Fact]
    public async Task Metrics_BeforeAnotherServer_HaveTheSameNamesForRequests()
    {
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = fixture.Server.Http.BaseAddress });
        await front.PostFailingAsync("/v1/completions", """{"model":"made-up","prompt":"네?"}""");
        await front.PostOkAsync("/v1/completions", """{"model":"ending","prompt":"네?","max_tokens":3}""");
        using var stream = await front.PostAsync("/v1/chat/completions", """{"model":"ending","messages":[{"role":"user","content":"네?"}],"stream":true}""");
        await stream.Content.ReadAsStringAsync();
        await front.PostOkAsync("/v1/embeddings", """{"model":"random","input":"네?"}""");

        var metrics = new Scrape(await front.Http.GetStringAsync("/metrics"));

        foreach (var names in new[] { s_requests, s_process, s_llamaRequests }) metrics.Has(names);
        const string Model = "{engine=\"0\",model_name=\"ending\"";
        Assert.Equal(1, metrics.Value($"vllm:request_success_total{Model},finished_reason=\"length\"}}"));
        Assert.Equal(1, metrics.Value($"vllm:request_success_total{Model},finished_reason=\"stop\"}}"));
        Assert.Equal(1, metrics.Value($"vllm:time_to_first_token_seconds_count{Model}}}"));
        Assert.Equal(2, metrics.Value($"vllm:request_prompt_tokens_count{Model}}}"));
        Assert.Equal(1, metrics.Value("vllm:request_success_total{engine=\"0\",model_name=\"random\",finished_reason=\"stop\"}"));
        Assert.True(metrics.Value($"vllm:inter_token_latency_seconds_count{Model}}}") > 5);
        Assert.True(metrics.Value($"vllm:generation_tokens_total{Model}}}") > 30);
        Assert.Equal(0, metrics.Value($"vllm:num_requests_running{Model}}}"));
        Assert.DoesNotContain("made-up", metrics.Text);
    }

    [Fact]
    public async Task Metrics_OfACanceledStream_CountAnAbortAndNoSuccess()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true });
        await using var front = await RunningServer.StartAsync([], new ServerOptions { Quiet = true, Upstream = server.Http.BaseAddress });
        foreach (var asked in new[] { server, front })
        {
            using (await asked.OpenStreamAsync("/v1/completions", """{"model":"endless","prompt":"네?","max_tokens":16000,"stream":true}""")) { }
            await asked.WaitForAsync(running: 0);

            var metrics = new Scrape(await asked.Http.GetStringAsync("/metrics"));

            const string Reason = "vllm:request_success_total{engine=\"0\",model_name=\"endless\",finished_reason=";
            Assert.Equal(0, metrics.Value(Reason + "\"stop\"}") + metrics.Value(Reason + "\"length\"}"));
            Assert.Equal(1, metrics.Value(Reason + "\"abort\"}"));
        }
    }

    [Fact]
    public async Task Metrics_OfRoutes_AreCountedByPathAndStatus()
    {
        await using var server = await RunningServer.StartAsync(fixture.Models, new ServerOptions { Quiet = true });
        await server.PostFailingAsync("/v1/completions", "{");
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync("/v1/nothing")).StatusCode);

        var metrics = new Scrape(await server.Http.GetStringAsync("/metrics"));

        Assert.Equal(1, metrics.Value("http_requests_total{handler=\"/v1/completions\",method=\"POST\",status=\"4xx\"}"));
        Assert.Equal(1, metrics.Value("http_requests_total{handler=\"none\",method=\"GET\",status=\"4xx\"}"));
        Assert.DoesNotContain("nothing", metrics.Text);
    }

    /// <summary>An answer of /metrics, which must be well formed: every name's lines together, under one help and one type.</summary>
    private sealed class Scrape
    {
        private readonly Dictionary<string, string> _types = [];
        private readonly Dictionary<string, double> _values = [];

        public Scrape(string text)
        {
            Text = text;
            var name = "";
            foreach (var line in text.TrimEnd('\n').Split('\n'))
            {
                Assert.Matches(@"^(# (HELP|TYPE) [a-z_:0-9]+ .+|[a-z_:0-9]+(\{([a-z_]+=""([^""\\]|\\.)*"",?)+\})? -?[0-9.eE+-]+)$", line);
                var words = line.Split(' ');
                if (words is ["#", "HELP", ..]) name = words[2];
                else if (words is ["#", "TYPE", ..]) _types.Add(name, words[3]);
                else
                {
                    Assert.Matches($"^{name}(_bucket|_sum|_count)?(\\{{|$)", words[0]);
                    _values.Add(line[..line.LastIndexOf(' ')], double.Parse(words[^1], CultureInfo.InvariantCulture));
                }
            }
        }

        public string Text { get; }

        public double Value(string line) => _values.TryGetValue(line, out var value) ? value : throw new Xunit.Sdk.XunitException($"no {line} in:\n{Text}");

        public void Has(Dictionary<string, string[]> names)
        {
            foreach (var (type, each) in names)
                foreach (var name in each) Assert.True(_types.GetValueOrDefault(name) == type && _values.Keys.Any(line => line.StartsWith(name, StringComparison.Ordinal)), $"{name} is no {type}");
        }
    }
}
