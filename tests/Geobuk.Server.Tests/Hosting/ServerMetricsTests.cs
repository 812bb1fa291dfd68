using Geobuk.Server.Hosting;

namespace Geobuk.Server.Tests.Hosting;

public sealed class ServerMetricsTests
{
    [Fact]
    public void Render_SomeRequests_SumsThem()
    {
        var metrics = new ServerMetrics();
        metrics.Finish("stop", 10, 5, 0.25, 1);
        metrics.Finish("stop", 20, 7, 0.5, 2);
        metrics.Finish("canceled", 30, 0, null, 0.5);
        metrics.Reject();

        var lines = Text(metrics, running: 2, waiting: 3).Split('\n');

        Assert.Contains("geobuk_requests_total{outcome=\"stop\"} 2", lines);
        Assert.Contains("geobuk_requests_total{outcome=\"canceled\"} 1", lines);
        Assert.Contains("geobuk_requests_running 2", lines);
        Assert.Contains("geobuk_requests_waiting 3", lines);
        Assert.Contains("geobuk_admission_rejections_total 1", lines);
        Assert.Contains("geobuk_prompt_tokens_total 60", lines);
        Assert.Contains("geobuk_generation_tokens_total 12", lines);
        Assert.Contains("geobuk_generation_seconds_total 3.5", lines);
        Assert.Contains("geobuk_time_to_first_token_seconds_sum 0.75", lines);
        Assert.Contains("geobuk_time_to_first_token_seconds_count 2", lines);
    }

    [Fact]
    public void Render_EveryLine_IsACommentOrANameAndANumber()
    {
        var metrics = new ServerMetrics();
        metrics.Finish("length", 1, 1, 1e-7, 1e9);

        Assert.All(Text(metrics).TrimEnd('\n').Split('\n'), line =>
            Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{outcome=""[a-z]+""\})? [0-9.eE+-]+)$", line));
    }

    [Fact]
    public void OfPowers_CountsOfElsewhere_AreCumulated()
    {
        var text = new MetricsText();

        Histogram.OfPowers([3, 0, 2, 1], 20).Render(text, "x", "help", "a=\"b\"");

        foreach (var line in new[] { "x_bucket{a=\"b\",le=\"1.0\"} 3", "x_bucket{a=\"b\",le=\"2.0\"} 3", "x_bucket{a=\"b\",le=\"4.0\"} 5", "x_bucket{a=\"b\",le=\"+Inf\"} 6", "x_sum{a=\"b\"} 20" })
            Assert.Contains(line + "\n", text.ToString());
    }

    [Fact]
    public void Answer_OfWhateverClientsInvent_CountsKnownRoutesAndMethods()
    {
        var metrics = new ServerMetrics();
        metrics.Answer("/v1/completions", "POST", 200, 0.2);
        metrics.Answer("/v1/completions", "POST", 204, 2);
        metrics.Answer(null, "GET", 404, 0);
        for (var i = 0; i < 100; i++) metrics.Answer(null, $"INVENTED{i}", 405, 0);
        metrics.Answer("/metrics", "GET", 200, 0);
        metrics.Answer("/health", "GET", 200, 0);

        var lines = Text(metrics).Split('\n').Where(line => line.StartsWith("http_", StringComparison.Ordinal)).ToList();

        Assert.Equal(["http_requests_total{handler=\"/v1/completions\",method=\"POST\",status=\"2xx\"} 2", "http_requests_total{handler=\"none\",method=\"GET\",status=\"4xx\"} 1", "http_requests_total{handler=\"none\",method=\"OTHER\",status=\"4xx\"} 100"],
            lines.Where(line => line.StartsWith("http_requests", StringComparison.Ordinal)));
        Assert.Contains("http_request_duration_seconds_bucket{handler=\"/v1/completions\",method=\"POST\",le=\"0.5\"} 1", lines);
        Assert.Contains("http_request_duration_seconds_count{handler=\"/v1/completions\",method=\"POST\"} 2", lines);
    }

    [Fact]
    public void Text_OfTwoModels_HasEveryNameOnceAndNoModelBreaksALine()
    {
        var text = new MetricsText();
        var (one, other) = (new ModelMetrics(), new ModelMetrics());
        one.Finish(new FinishedGeneration("canceled", 10, 4, 3, 5, 0.1, 0.2, 0.6, [0.1, 0.3]));
        one.Finish(new FinishedGeneration("tool_calls", 10, 0, 1, 0, 0, null, 1, []));
        one.FinishReading("answered", 7, 0, 1);
        one.Render(text, ModelMetrics.Labels("one"), 1, 2);
        other.Render(text, ModelMetrics.Labels("a\"b\\c\nd"), 0, 0);

        var lines = text.ToString().TrimEnd('\n').Split('\n');

        var types = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Equal(types.Distinct(), types);
        const string Labels = "{engine=\"0\",model_name=\"one\"";
        Assert.Contains("vllm:num_requests_running{engine=\"0\",model_name=\"a\\\"b\\\\c\\nd\"} 0", lines);
        foreach (var line in new[]
        {
            $"vllm:request_success_total{Labels},finished_reason=\"abort\"}} 1", $"vllm:request_success_total{Labels},finished_reason=\"stop\"}} 2",
            $"vllm:request_success_total{Labels},finished_reason=\"error\"}} 0", $"vllm:num_requests_waiting_by_reason{Labels},reason=\"capacity\"}} 2",
            $"vllm:prompt_tokens_total{Labels}}} 27", $"vllm:prompt_tokens_by_source_total{Labels},source=\"local_cache_hit\"}} 4",
            $"vllm:request_prefill_kv_computed_tokens_sum{Labels}}} 23", $"vllm:request_time_per_output_token_seconds_bucket{Labels},le=\"0.2\"}} 1",
            $"vllm:time_to_first_token_seconds_count{Labels}}} 1", $"vllm:inter_token_latency_seconds_count{Labels}}} 2", $"vllm:request_params_max_tokens_count{Labels}}} 1",
            $"llamacpp:prompt_tokens_total{Labels}}} 23", $"llamacpp:prompt_tokens_cached_total{Labels}}} 4",
        }) Assert.Contains(line, lines);
    }

    private static string Text(ServerMetrics metrics, int running = 0, int waiting = 0)
    {
        var text = new MetricsText();
        metrics.Render(text, running, waiting);
        return text.ToString();
    }
}
