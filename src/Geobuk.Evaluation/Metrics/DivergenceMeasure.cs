using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Metrics;

/// <summary>
/// KL divergence and agreement of two models. Both read a window in step, some positions at a time: the first model's
/// logits of those positions wait in a buffer for the second's, so memory does not grow with the text.
/// </summary>
internal static class DivergenceMeasure
{
    private const long BufferBytes = 16 << 20;

    public static TextDivergence Run(
        EngineLanes first, EngineLanes second, IReadOnlyList<EvaluationDocument> documents, DivergenceLimits limits, string phase,
        IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        CheckVocabularies(first, second);
        var encoded = Encode(first, second, documents);
        var windows = Windows(encoded, limits).ToList();
        if (windows.Count == 0)
            throw new UserInputException($"{phase}: no document has two tokens; expected text to compare on. Give longer documents.");
        var count = new ProgressCount(progress, phase, windows.Sum(w => (long)w.Length), "tokens");
        var parts = new WindowDivergence[windows.Count];
        first.Run(windows.Count, (lane, i) =>
        {
            // Lanes of both models pair up: whoever holds lane n of the first also holds lane n of the second.
            var other = second[first.IndexOf(lane)];
            parts[i] = new WindowDivergence(lane, other, encoded[windows[i].Document].Tokens, windows[i]).Run(cancellationToken);
            count.Add(windows[i].Length);
        }, cancellationToken);
        return Joined(parts, windows, encoded);
    }

    private static TextDivergence Joined(WindowDivergence[] parts, List<TokenWindow> windows, List<DocumentTokens> encoded)
    {
        var documents = windows.Select(w => w.Document).Distinct().ToList();
        // Bytes of documents read in part are counted by the share of their tokens.
        var bytes = windows.Sum(w => encoded[w.Document].ScoredBytes * (double)(w.End - w.FirstScored) / Math.Max(1, encoded[w.Document].ScoredTokens));
        return new TextDivergence
        {
            Divergences = [.. parts.SelectMany(part => part.Divergences)],
            SameTop = parts.Sum(part => (long)part.SameTop),
            First = Losses(part => part.FirstNats),
            Second = Losses(part => part.SecondNats),
            Lost = parts.Sum(part => part.Lost),
            Gained = parts.Sum(part => part.Gained),
        };

        PerplexityResult Losses(Func<WindowDivergence, double> nats) => new()
        {
            Documents = documents.Count,
            Bytes = (long)Math.Round(bytes),
            Losses = [.. parts.Select((part, i) => new WindowLoss(windows[i].Document, windows[i].End - windows[i].FirstScored, nats(part)))],
        };
    }

    /// <summary>Whole windows of the documents in turn until the limit of tokens is met.</summary>
    private static IEnumerable<TokenWindow> Windows(List<DocumentTokens> encoded, DivergenceLimits limits)
    {
        long left = limits.Tokens;
        for (var i = 0; i < encoded.Count; i++)
        {
            foreach (var window in TokenWindow.Sliding(i, encoded[i].Tokens.Length, encoded[i].FirstScored, limits.Protocol.Window, limits.Protocol.Stride))
            {
                if (left <= 0) yield break;
                left -= window.End - window.FirstScored;
                yield return window;
            }
        }
    }

    private static void CheckVocabularies(EngineLanes first, EngineLanes second)
    {
        var (a, b) = (first.Model.Config.VocabularySize, second.Model.Config.VocabularySize);
        if (a != b)
            throw new UserInputException($"{second.Model.Name}: a vocabulary of {b}; expected the {a} entries of {first.Model.Name}. Distributions can be compared only over the same tokens.");
    }

    private static List<DocumentTokens> Encode(EngineLanes first, EngineLanes second, IReadOnlyList<EvaluationDocument> documents)
    {
        var encoded = documents.Select(document => DocumentTokens.Encode(first.Model.Tokenizer, document)).ToList();
        for (var i = 0; i < documents.Count; i++)
        {
            if (!DocumentTokens.Encode(second.Model.Tokenizer, documents[i]).Tokens.AsSpan().SequenceEqual(encoded[i].Tokens))
                throw new UserInputException($"{second.Model.Name}: its tokens of document {documents[i].Id} differ from those of {first.Model.Name}; expected the same tokenizer. Distributions can be compared only over the same tokens.");
        }
        return encoded;
    }

    /// <summary>One window through both models.</summary>
    private sealed class WindowDivergence(EngineLane first, EngineLane second, int[] tokens, TokenWindow window)
    {
        private readonly List<double> _divergences = [];

        public IReadOnlyList<double> Divergences => _divergences;
        public int SameTop { get; private set; }
        public int Lost { get; private set; }
        public int Gained { get; private set; }
        public double FirstNats { get; private set; }
        public double SecondNats { get; private set; }

        public WindowDivergence Run(CancellationToken cancellationToken)
        {
            var vocabulary = first.Engine.Model.Config.VocabularySize;
            var chunk = (int)Math.Clamp(BufferBytes / sizeof(float) / vocabulary, 1, 64);
            var buffer = new float[chunk * vocabulary];
            // Positions before the first scored token are context; the last token's prediction is nobody's to check.
            var firstPosition = window.FirstScored - 1 - window.Start;
            first.Cache.Truncate(0);
            second.Cache.Truncate(0);
            for (var start = 0; start < window.Length - 1; start += chunk)
            {
                var part = tokens.AsSpan(window.Start + start, Math.Min(chunk, window.Length - 1 - start));
                var at = start;
                first.Engine.Prefill(first.Cache, part, (position, logits) =>
                    logits.CopyTo(buffer.AsSpan((position - at) * vocabulary, vocabulary)), firstPosition, cancellationToken);
                second.Engine.Prefill(second.Cache, part, (position, logits) =>
                    Compare(buffer.AsSpan((position - at) * vocabulary, vocabulary), logits, tokens[window.Start + position + 1]), firstPosition, cancellationToken);
            }
            return this;
        }

        private void Compare(ReadOnlySpan<float> p, ReadOnlySpan<float> q, int next)
        {
            var (topP, topQ) = (LogSoftmax.Top(p), LogSoftmax.Top(q));
            var (normP, normQ) = (LogSoftmax.LogSumExp(p), LogSoftmax.LogSumExp(q));
            _divergences.Add(LogSoftmax.Divergence(p, normP, q, normQ));
            if (topP == topQ) SameTop++;
            if (topP == next && topQ != next) Lost++;
            if (topQ == next && topP != next) Gained++;
            FirstNats -= p[next] - normP;
            SecondNats -= q[next] - normQ;
        }
    }
}
