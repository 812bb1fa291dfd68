using System.Diagnostics;
using System.Text.Json;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// A span per request to another server by OpenTelemetry's conventions for generative AI, from the same source as those of generations
/// here, and with as little of what was asked or answered.
/// </summary>
internal sealed class UpstreamTrace : IDisposable
{
    private static readonly ActivitySource Source = new(TraceExport.SourceName);
    private static readonly (string Field, string Tag)[] s_numbers =
    [
        ("temperature", "gen_ai.request.temperature"), ("top_p", "gen_ai.request.top_p"), ("seed", "gen_ai.request.seed"),
        ("frequency_penalty", "gen_ai.request.frequency_penalty"), ("presence_penalty", "gen_ai.request.presence_penalty"),
    ];

    private readonly Activity? _span;

    private UpstreamTrace(Activity? span) => _span = span;

    /// <summary>Begins the span of a request; none where no model computes it.</summary>
    public static UpstreamTrace Begin(UpstreamRequest? asked, Uri upstream)
    {
        if (asked?.Operation is not { } operation) return new UpstreamTrace(null);
        var span = Source.StartActivity($"{operation} {asked.Model}", ActivityKind.Client);
        // Whoever made that server, it speaks OpenAI's API.
        span?.SetTag("gen_ai.operation.name", operation)
            .SetTag("gen_ai.provider.name", "openai")
            .SetTag("gen_ai.request.model", asked.Model)
            .SetTag("server.address", upstream.Host)
            .SetTag("server.port", upstream.Port);
        if (asked.MaxTokens > 0) span?.SetTag("gen_ai.request.max_tokens", asked.MaxTokens);
        if (asked.Answers > 1) span?.SetTag("gen_ai.request.choice.count", asked.Answers);
        foreach (var (field, tag) in s_numbers)
            if (span is not null && asked.Fields.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number) span.SetTag(tag, value.GetDouble());
        return new UpstreamTrace(span);
    }

    /// <summary>Records how it went.</summary>
    public void End(UpstreamTally tally)
    {
        if (_span is null) return;
        if (tally.Usage is { } usage)
        {
            _span.SetTag("gen_ai.usage.input_tokens", usage.Prompt)
                .SetTag("gen_ai.usage.output_tokens", usage.Generated)
                .SetTag("gen_ai.usage.cache_read.input_tokens", usage.Cached);
        }
        if (tally.FinishReason is { } reason) _span.SetTag("gen_ai.response.finish_reasons", new[] { reason });
        if (tally.Outcome != "answered") _span.SetTag("error.type", tally.Outcome).SetStatus(ActivityStatusCode.Error);
    }

    /// <inheritdoc/>
    public void Dispose() => _span?.Dispose();
}
