using Geobuk.Inference.Sampling;

namespace Geobuk.Inference;

/// <summary>One streamed continuation: sample, decide whether it ends, emit, read the token.</summary>
internal sealed class Generation
{
    private readonly Engine _engine;
    private readonly KvCache _cache;
    private readonly ReadOnlyMemory<int> _prompt;
    private readonly SamplingParameters _parameters;
    private readonly Sampler _sampler;
    private readonly AnswerText _text;
    private readonly float[] _logits;

    public Generation(Engine engine, KvCache cache, ReadOnlyMemory<int> prompt, SamplingParameters parameters)
    {
        (_engine, _cache, _prompt, _parameters) = (engine, cache, prompt, parameters);
        var model = engine.Model;
        _sampler = new Sampler(parameters, model.Config.VocabularySize);
        _text = new AnswerText(model, parameters.Stop);
        _logits = new float[model.Config.VocabularySize];
    }

    public IEnumerable<GeneratedToken> Run(CancellationToken cancellationToken)
    {
        _sampler.Observe(_cache.Tokens);
        _sampler.Observe(_prompt.ToArray());
        Read(_prompt.Span, cancellationToken);
        for (var count = 1; ; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var token = Next(count);
            yield return token;
            if (token.Finish is not null) yield break;
            Read([token.Id], cancellationToken);
        }
    }

    private GeneratedToken Next(int count)
    {
        var logSumExp = LogProbabilities.LogSumExp(_logits);
        var top = _parameters.LogProbs is { } number ? LogProbabilities.Top(_logits, logSumExp, number) : null;
        // The penalty changes the logits in place, so the chosen token's own is looked up in what was reported before.
        var original = _parameters.RepetitionPenalty == 1 ? _logits : [.. _logits];
        var id = _sampler.Choose(_logits, _cache.Length);
        var logProb = (float)(original[id] - logSumExp);
        if (!_parameters.IgnoreEos && _engine.Model.StopTokenIds.Contains(id))
            return new GeneratedToken(id, _text.Finish(), logProb, top, FinishReason.Stop);
        var text = _text.Push(id);
        FinishReason? finish = _text.Stopped ? FinishReason.Stop
            : count >= _parameters.MaxTokens || _cache.Length >= _cache.Capacity ? FinishReason.Length
            : null;
        return new GeneratedToken(id, finish is null ? text : text + _text.Finish(), logProb, top, finish);
    }

    /// <summary>Reads tokens and keeps the logits after the last. Cancellation is seen between chunks.</summary>
    private void Read(ReadOnlySpan<int> tokens, CancellationToken cancellationToken)
    {
        var last = _cache.Length + tokens.Length - 1;
        _engine.Prefill(_cache, tokens, (_, logits) => logits.CopyTo(_logits), last, cancellationToken);
    }
}
