using Geobuk.Inference;
using Geobuk.Inference.Sampling;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>A prompt as a client wants it back: its text, and where asked for how likely the model finds each of its tokens. One serves all choices of a prompt.</summary>
internal sealed class PromptEcho(ServedModel model, CompletionPrompt prompt, int? logProbs)
{
    private readonly Lock _lock = new();
    private Task<GeneratedToken[]>? _tokens;

    /// <summary>The prompt as the piece that an answer begins with.</summary>
    public async Task<AnswerPart> ReadAsync(CancellationToken cancellationToken)
    {
        if (logProbs is null) return new AnswerPart(prompt.Text, [], null);
        lock (_lock) _tokens ??= Task.Run(() => Read(cancellationToken), cancellationToken);
        return new AnswerPart(prompt.Text, await _tokens, null);
    }

    /// <summary>One pass through the model. Nothing comes before the first token, so it has no probability.</summary>
    private GeneratedToken[] Read(CancellationToken cancellationToken)
    {
        var ids = prompt.Tokens;
        var tokens = new GeneratedToken[ids.Length];
        tokens[0] = new GeneratedToken(ids[0], "", float.NaN, null, null);
        using var cache = model.Engine.CreateCache();
        model.Engine.Prefill(cache, ids.AsSpan(0, ids.Length - 1), Visit, 0, cancellationToken);
        return tokens;

        void Visit(int position, ReadOnlySpan<float> logits)
        {
            var (id, logSumExp) = (ids[position + 1], LogProbabilities.LogSumExp(logits));
            tokens[position + 1] = new GeneratedToken(id, "", (float)(logits[id] - logSumExp), LogProbabilities.Top(logits, logSumExp, logProbs!.Value), null);
        }
    }
}
