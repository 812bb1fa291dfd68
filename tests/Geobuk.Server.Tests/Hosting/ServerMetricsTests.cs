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

        var lines = metrics.Render(running: 2, waiting: 3).Split('\n');

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

        Assert.All(metrics.Render(0, 0).TrimEnd('\n').Split('\n'), line =>
            Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{outcome=""[a-z]+""\})? [0-9.eE+-]+)$", line));
    }

    [Fact]
    public void OfPowers_CountsOfElsewhere_AreCumulated()
    {
        var text = new System.Text.StringBuilder();

        Histogram.OfPowers([3, 0, 2, 1], 20).Render(text, "x", "help", "a=\"b\"");

        foreach (var line in new[] { "x_bucket{a=\"b\",le=\"1\"} 3", "x_bucket{a=\"b\",le=\"2\"} 3", "x_bucket{a=\"b\",le=\"4\"} 5", "x_bucket{a=\"b\",le=\"+Inf\"} 6", "x_sum{a=\"b\"} 20" })
            Assert.Contains(line + "\n", text.ToString());
    }
}
