using System.Diagnostics;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>
/// A span per generation by OpenTelemetry's conventions for generative AI, from the source "Geobuk.Server"; who listens gets it. It tells
/// models, numbers and times, and never what was asked or answered.
/// </summary>
internal sealed class GenerationTrace : IDisposable
{
    private static readonly ActivitySource Source = new(TraceExport.SourceName);
    private readonly Activity? _span;

    private GenerationTrace(Activity? span) => _span = span;

    /// <summary>Begins the span of a request.</summary>
    public static GenerationTrace Begin(GenerationJob job)
    {
        var span = Source.StartActivity($"{job.Operation} {job.Model.Id}", ActivityKind.Server);
        span?.SetTag("gen_ai.operation.name", job.Operation)
            .SetTag("gen_ai.provider.name", "geobuk")
            .SetTag("gen_ai.request.model", job.Model.Id)
            .SetTag("gen_ai.response.model", job.Model.Id)
            .SetTag("gen_ai.request.max_tokens", job.Sampling.MaxTokens)
            .SetTag("gen_ai.request.temperature", job.Sampling.Temperature)
            .SetTag("gen_ai.request.top_p", job.Sampling.TopP)
            .SetTag("gen_ai.request.seed", job.Sampling.Seed);
        return new GenerationTrace(span);
    }

    /// <summary>Records how it went.</summary>
    public void End(GenerationTally tally) => _span?
        .SetTag("gen_ai.usage.input_tokens", tally.Usage.PromptTokens)
        .SetTag("gen_ai.usage.output_tokens", tally.Usage.CompletionTokens)
        .SetTag("gen_ai.usage.cache_read.input_tokens", tally.Usage.PromptTokensDetails.CachedTokens)
        .SetTag("gen_ai.response.finish_reasons", new[] { tally.Outcome });

    /// <inheritdoc/>
    public void Dispose() => _span?.Dispose();
}
