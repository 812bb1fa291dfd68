using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>
/// Next-token cross entropy whose logits exist for one chunk of tokens at a time: loss = sum over tokens of
/// logsumexp(h W^T) - (h W^T)[target]. Each chunk is differentiated at once and its logits dropped, so memory is chunk x
/// vocabulary, never tokens x vocabulary. Where a batch marks replayed text, the target is the distribution p of a teacher,
/// loss = -sum p log q (Hinton, Vinyals and Dean 2015, arXiv:1503.02531): at the teacher's own weights its gradient is zero,
/// without the noise of single tokens.
/// </summary>
public static class ChunkedCrossEntropy
{
    /// <summary>Logit values held at a time.</summary>
    private const long ChunkElements = 1L << 23;

    /// <summary>Adds the gradients of (sum of losses) * <paramref name="scale"/> and returns the sum of losses in nats.</summary>
    /// <param name="model">The model that learns.</param>
    /// <param name="batch">A micro-batch.</param>
    /// <param name="scale">One over the number of predictions of the optimizer step.</param>
    /// <param name="teacher">Answers for replayed text; null learns every token.</param>
    public static double Backward(CausalLanguageModel model, PackedBatch batch, double scale, CausalLanguageModel? teacher = null)
    {
        if (batch.PredictionCount == 0) return 0;
        using var scope = NewDisposeScope();
        var hidden = Selected(model, batch);
        // The head sees a leaf, so that each chunk's backward stops there and adds up.
        var leaf = hidden.detach().requires_grad_(true);
        var taught = teacher is not null && batch.Replayed is not null ? Frozen(teacher, batch) : null;
        var sum = 0.0;
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            var loss = taught is null
                ? ChunkLoss(model, leaf, batch, start, length)
                : TaughtLoss(model.Logits(leaf.narrow(0, start, length)), teacher!, taught, batch, start);
            sum += loss.to(float64).item<double>();
            (loss * scale).backward();
        }
        hidden.backward([leaf.grad!]);
        return sum;
    }

    /// <summary>The sum of losses in nats, without gradients.</summary>
    public static double Evaluate(CausalLanguageModel model, PackedBatch batch)
    {
        if (batch.PredictionCount == 0) return 0;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var hidden = Selected(model, batch);
        var sum = 0.0;
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            sum += ChunkLoss(model, hidden, batch, start, length).to(float64).item<double>();
        }
        return sum;
    }

    private static Tensor Selected(CausalLanguageModel model, PackedBatch batch) =>
        model.Hidden(batch).view(-1, model.Config.HiddenSize).index_select(0, batch.Sources);

    private static Tensor ChunkLoss(CausalLanguageModel model, Tensor hidden, PackedBatch batch, long start, long length) =>
        nn.functional.cross_entropy(model.Logits(hidden.narrow(0, start, length)).to(float32), batch.Targets.narrow(0, start, length), reduction: nn.Reduction.Sum);

    private static Tensor Frozen(CausalLanguageModel teacher, PackedBatch batch)
    {
        using var still = no_grad();
        return Selected(teacher, batch);
    }

    private static Tensor TaughtLoss(Tensor logits, CausalLanguageModel teacher, Tensor taught, PackedBatch batch, long start)
    {
        var logs = nn.functional.log_softmax(logits.to(float32), -1);
        var length = logits.shape[0];
        var replayed = batch.Replayed!.narrow(0, start, length);
        var own = -logs.gather(1, batch.Targets.narrow(0, start, length).unsqueeze(1)).squeeze(1);
        var rows = replayed.nonzero().squeeze(1);
        if (rows.shape[0] == 0) return own.sum();
        Tensor probabilities;
        using (no_grad()) probabilities = nn.functional.softmax(teacher.Logits(taught.narrow(0, start, length).index_select(0, rows)).to(float32), -1);
        return own.masked_fill(replayed, 0).sum() - (probabilities * logs.index_select(0, rows)).sum();
    }

    private static IEnumerable<(long Start, long Length)> Chunks(long tokens, long vocabulary)
    {
        var size = Math.Max(16, ChunkElements / vocabulary);
        for (long start = 0; start < tokens; start += size) yield return (start, Math.Min(size, tokens - start));
    }
}
