using System.Diagnostics;
using Geobuk.Server.Api.Wire;
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
    private bool _hasEnded;

    private GenerationTrace(Activity? span) => _span = span;

    /// <summary>Begins the span of a request.</summary>
    public static GenerationTrace Begin(GenerationJob job)
    {
        var sampling = job.Answers[0].Sampling;
        var span = Source.StartActivity($"{job.Operation} {job.Model.Id}", ActivityKind.Server);
        span?.SetTag("gen_ai.operation.name", job.Operation)
            .SetTag("gen_ai.provider.name", "geobuk")
            .SetTag("gen_ai.request.model", job.Model.Id)
            .SetTag("gen_ai.response.model", job.Model.Id)
            .SetTag("gen_ai.request.max_tokens", sampling.MaxTokens)
            .SetTag("gen_ai.request.temperature", sampling.Temperature)
            .SetTag("gen_ai.request.top_p", sampling.TopP)
            .SetTag("gen_ai.request.seed", sampling.Seed)
            .SetTag("gen_ai.request.choice.count", job.Answers.Count == 1 ? null : job.Answers.Count);
        return new GenerationTrace(span);
    }

    /// <summary>Records how it went.</summary>
    public void End(Usage usage, IEnumerable<GenerationTally> tallies)
    {
        _hasEnded = true;
        _span?
            .SetTag("gen_ai.usage.input_tokens", usage.PromptTokens)
            .SetTag("gen_ai.usage.output_tokens", usage.CompletionTokens)
            .SetTag("gen_ai.usage.cache_read.input_tokens", usage.PromptTokensDetails.CachedTokens)
            .SetTag("gen_ai.response.finish_reasons", tallies.Select(tally => tally.Outcome).ToArray());
    }

    /// <summary>Ends the span; one that nobody recorded an end of was left, cut off, or failed.</summary>
    public void Dispose()
    {
        // The conventions' word for what has no name of its own.
        if (!_hasEnded) _span?.SetTag("error.type", "_OTHER").SetStatus(ActivityStatusCode.Error);
        _span?.Dispose();
    }
}
