using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>
/// Next-token cross entropy whose logits exist for one chunk of tokens at a time: loss = sum over tokens of
/// logsumexp(h W^T) - (h W^T)[target]. Its gradient by the logits is softmax(h W^T) - one(target), written over the only copy of
/// the chunk, so memory is chunk x vocabulary, never tokens x vocabulary. Where a batch marks replayed text, the target is the
/// distribution p of a teacher, loss = -sum p log q (Hinton, Vinyals and Dean 2015, arXiv:1503.02531) and p stands in the place of
/// one(target): at the teacher's own weights the gradient is zero, without the noise of single tokens.
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
    /// <param name="replayed">Those sequences of the batch, in its order, that hold replayed text; the teacher reads no others.</param>
    /// <param name="replayWeight">How much a token counts that the teacher answers for.</param>
    public static double Backward(
        CausalLanguageModel model, PackedBatch batch, double scale, CausalLanguageModel? teacher = null, PackedBatch? replayed = null, double replayWeight = 1)
    {
        if (batch.PredictionCount == 0) return 0;
        using var scope = NewDisposeScope();
        var hidden = Selected(model, batch);
        // The head sees a leaf, so that each chunk's backward stops there and adds up.
        var leaf = hidden.detach().requires_grad_(true);
        var taught = teacher is not null && replayed?.Replayed is { } marked ? Taught(teacher, replayed, marked) : null;
        var (sum, answered) = (0.0, 0L);
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            var rows = taught is null ? null : Rows(batch.Replayed!.narrow(0, start, length));
            var answers = rows is null ? null : Probabilities(teacher!, taught!.narrow(0, answered, rows.shape[0]));
            var logits = model.Logits(leaf.narrow(0, start, length));
            var (loss, gradient) = Differentiate(logits, batch.Targets.narrow(0, start, length), rows, answers, replayWeight);
            logits.backward([gradient.mul_(scale).to(logits.dtype)]);
            sum += loss;
            answered += rows?.shape[0] ?? 0;
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

    /// <summary>The loss of a chunk and its gradient by the logits; <paramref name="answers"/> are the targets of <paramref name="rows"/>.</summary>
    private static (double Loss, Tensor Gradient) Differentiate(Tensor logits, Tensor targets, Tensor? rows, Tensor? answers, double answerWeight)
    {
        using var still = no_grad();
        var logs = nn.functional.log_softmax(logits.to(float32), -1);
        var columns = targets.unsqueeze(1);
        var own = logs.gather(1, columns);
        var weights = ones_like(own);
        if (rows is null) return (-Sum(own), logs.exp_().scatter_add_(1, columns, -weights));
        weights.index_fill_(0, rows, 0);
        var loss = -Sum(own * weights) - answerWeight * Sum(answers! * logs.index_select(0, rows));
        var gradient = logs.exp_().scatter_add_(1, columns, -weights).index_add_(0, rows, answers!, -1);
        return (loss, answerWeight == 1 ? gradient : gradient.mul_(ones_like(own).index_fill_(0, rows, answerWeight)));
    }

    private static double Sum(Tensor values) => values.sum(float64).item<double>();

    /// <summary>The teacher's hidden states of replayed text, in the order in which the batch marks it.</summary>
    private static Tensor Taught(CausalLanguageModel teacher, PackedBatch replayed, Tensor marked)
    {
        using var still = no_grad();
        return Selected(teacher, replayed).index_select(0, Rows(marked));
    }

    private static Tensor Probabilities(CausalLanguageModel teacher, Tensor hidden)
    {
        using var still = no_grad();
        return nn.functional.softmax(teacher.Logits(hidden).to(float32), -1);
    }

    private static Tensor Rows(Tensor marks) => marks.nonzero().squeeze(1);

    private static IEnumerable<(long Start, long Length)> Chunks(long tokens, long vocabulary)
    {
        var size = Math.Max(16, ChunkElements / vocabulary);
        for (long start = 0; start < tokens; start += size) yield return (start, Math.Min(size, tokens - start));
    }
}
