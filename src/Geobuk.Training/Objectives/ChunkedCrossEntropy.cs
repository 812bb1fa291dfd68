using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>
/// The one loss core. Next-token cross entropy whose logits exist for one chunk of tokens at a time:
/// loss = sum over tokens of w (logsumexp(h W^T) - (h W^T)[target]). Its gradient by the logits is w (softmax(h W^T) - one(target)),
/// written over the only copy of the chunk, so memory is chunk x vocabulary, never tokens x vocabulary. What can be added:
/// <list type="bullet">
/// <item>z-loss, w z logsumexp^2, with the gradient 2 w z logsumexp softmax;</item>
/// <item>a teacher that answers for replayed text: its distribution p stands in the place of one(target), loss = -sum p log q
/// (Hinton, Vinyals and Dean 2015, arXiv:1503.02531); at the teacher's own weights the gradient is zero;</item>
/// <item>a teacher's stored top-k: the KL divergence over the k tokens and one sum of all others. With the tails t of the teacher and
/// s of the student, the gradient is q - p on the k tokens and q (1 - t / s) on the others.</item>
/// </list>
/// </summary>
public static class ChunkedCrossEntropy
{
    /// <summary>Logit values held at a time.</summary>
    private const long ChunkElements = 1L << 24;
    private const double SmallestTail = 1e-6;

    /// <summary>Adds the gradients of (sum of losses) * <paramref name="scale"/> and returns the sum of losses in nats.</summary>
    /// <param name="model">The model that learns.</param>
    /// <param name="batch">A micro-batch.</param>
    /// <param name="scale">One over the sum of weights of the optimizer step.</param>
    /// <param name="terms">What is added; null adds nothing.</param>
    public static double Backward(CausalLanguageModel model, PackedBatch batch, double scale, LossTerms? terms = null)
    {
        using var sum = Sum(model, batch, scale, terms ?? new LossTerms());
        return sum.item<double>();
    }

    /// <summary>The same with the sum left where it was computed, float64 []: reading it would wait for the device.</summary>
    internal static Tensor Sum(CausalLanguageModel model, PackedBatch batch, double scale, LossTerms terms)
    {
        using var scope = NewDisposeScope();
        if (batch.PredictionCount == 0) return zeros([], float64, batch.Sources.device).MoveToOuterDisposeScope();
        return Sum(model, batch, new LayerwisePass(model, batch), scale, terms).MoveToOuterDisposeScope();
    }

    /// <summary>The same for a forward pass that was made already.</summary>
    internal static Tensor Sum(CausalLanguageModel model, PackedBatch batch, LayerwisePass pass, double scale, LossTerms terms)
    {
        using var scope = NewDisposeScope();
        // The head sees a leaf, so that each chunk's backward stops there and adds up.
        var leaf = pass.Hidden.detach().requires_grad_(true);
        var weights = terms.Weights ?? batch.Weights;
        var taught = terms.Teacher is { } teacher && terms.Replayed is { Replayed: { } places } replayed ? Taught(teacher, replayed, places) : null;
        var sum = zeros([], float64, leaf.device);
        var (answered, kernelSum) = (0L, 0.0);
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            var logits = model.Logits(leaf.narrow(0, start, length));
            var chunk = new Chunk(Part(batch.Targets)!.unsqueeze(1), Part(weights)?.unsqueeze(1), scale);
            Tensor gradient;
            if (taught is not null)
            {
                var count = batch.ReplayedIn(start, length);
                var rows = batch.Replayed!.narrow(0, answered, count).Minus(start);
                gradient = chunk.Replayed(logits, rows, Probabilities(terms.Teacher!, taught.narrow(0, answered, count)), terms.ReplayWeight, sum);
                answered += count;
            }
            else if (terms.Answers is { } answers)
            {
                gradient = chunk.Answered(logits, new SparseAnswers(Part(answers.Ids)!, Part(answers.Logs)!, answers.Share), terms.ZLoss, sum);
            }
            else if (Blocks.CanUse(logits))
            {
                gradient = logits.detach();
                kernelSum += SoftmaxGradient.Write(gradient, Part(batch.Targets)!, Part(weights), scale, terms.ZLoss);
            }
            else
            {
                gradient = chunk.Plain(logits, terms.ZLoss, sum);
            }
            logits.backward([gradient.to(logits.dtype)]);

            Tensor? Part(Tensor? values) => values?.narrow(0, start, length);
        }
        model.HeadDone();
        pass.Backward(leaf.grad!);
        return sum.Plus(kernelSum).MoveToOuterDisposeScope();
    }

    /// <summary>The weighted sum of losses in nats, without gradients.</summary>
    public static double Evaluate(CausalLanguageModel model, PackedBatch batch)
    {
        if (batch.PredictionCount == 0) return 0;
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var logs = LogProbabilities(model, batch, Selected(model, batch)).to(float64);
        return -(batch.Weights is { } weights ? logs * weights : logs).sum().item<double>();
    }

    /// <summary>Log-probability of every target, float32 [predictions], without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="hidden">Its hidden states [predictions, H], see <see cref="Selected"/>.</param>
    internal static Tensor LogProbabilities(CausalLanguageModel model, PackedBatch batch, Tensor hidden)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var parts = new List<Tensor>();
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            var logits = model.Logits(hidden.narrow(0, start, length)).to(float32);
            parts.Add((-nn.functional.cross_entropy(logits, batch.Targets.narrow(0, start, length), reduction: nn.Reduction.None)).MoveToOuterDisposeScope());
        }
        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Final hidden states of the tokens that predict, [predictions, H].</summary>
    internal static Tensor Selected(CausalLanguageModel model, PackedBatch batch) =>
        model.Hidden(batch).view(-1, model.Config.HiddenSize).index_select(0, batch.Sources);

    /// <summary>The teacher's hidden states of replayed text, in the order in which the batch marks it.</summary>
    private static Tensor Taught(CausalLanguageModel teacher, PackedBatch replayed, Tensor places)
    {
        using var still = no_grad();
        return Selected(teacher, replayed).index_select(0, places);
    }

    private static Tensor Probabilities(CausalLanguageModel teacher, Tensor hidden)
    {
        using var still = no_grad();
        return nn.functional.softmax(teacher.Logits(hidden).to(float32), -1);
    }

    private static IEnumerable<(long Start, long Length)> Chunks(long tokens, long vocabulary)
    {
        var size = Math.Max(16, ChunkElements / vocabulary);
        for (long start = 0; start < tokens; start += size) yield return (start, Math.Min(size, tokens - start));
    }

    /// <summary>Loss and gradient of a chunk of logits [tokens, vocabulary]; adds the loss to a sum and returns scale * gradient.</summary>
    /// <param name="Targets">[tokens, 1].</param>
    /// <param name="Weights">[tokens, 1], or null.</param>
    /// <param name="Scale">Of the gradient.</param>
    internal sealed record Chunk(Tensor Targets, Tensor? Weights, double Scale)
    {
        /// <summary>What <see cref="SoftmaxKernel"/> does, written with tensors for devices without it.</summary>
        public Tensor Plain(Tensor logits, double zLoss, Tensor sum)
        {
            using var still = no_grad();
            var wide = logits.to(float32);
            var denominator = wide.logsumexp(-1, true);
            var loss = denominator - wide.gather(1, Targets);
            var gradient = (wide - denominator).exp_();
            if (zLoss > 0)
            {
                loss = loss.Plus(denominator.square().Times(zLoss));
                gradient.mul_(denominator.Times(2 * zLoss).PlusInPlace(1));
            }
            gradient.scatter_add_(1, Targets, -ones_like(loss));
            return Weighted(loss, gradient, sum);
        }

        public Tensor Answered(Tensor logits, SparseAnswers answers, double zLoss, Tensor sum)
        {
            using var still = no_grad();
            var wide = logits.to(float32);
            var denominator = wide.logsumexp(-1, true);
            var own = denominator - wide.gather(1, Targets);
            var logs = wide - denominator;
            var student = logs.gather(1, answers.Ids);
            var teacher = answers.Logs.exp();
            var (teacherTail, studentTail) = (Tail(teacher), Tail(student.exp()));
            var divergence = (teacher * (answers.Logs - student)).sum(-1, keepdim: true).Plus(teacherTail * (teacherTail / studentTail).log());
            var loss = own.Times(1 - answers.Share).Plus(divergence.Times(answers.Share));
            var gradient = logs.exp_();
            var ratio = (teacherTail / studentTail).TimesInPlace(answers.Share);
            var listed = student.exp();
            gradient.mul_(ratio.neg().PlusInPlace(1)).scatter_add_(1, answers.Ids, listed * ratio - teacher.Times(answers.Share));
            if (answers.Share < 1) gradient.scatter_add_(1, Targets, ones_like(own).TimesInPlace(answers.Share - 1));
            if (zLoss > 0)
            {
                loss = loss.Plus(denominator.square().Times(zLoss));
                gradient.PlusInPlace((wide - denominator).exp_().mul_(denominator.Times(2 * zLoss)));
            }
            return Weighted(loss, gradient, sum);
        }

        public Tensor Replayed(Tensor logits, Tensor rows, Tensor answers, double answerWeight, Tensor sum)
        {
            using var still = no_grad();
            var logs = nn.functional.log_softmax(logits.to(float32), -1);
            var own = logs.gather(1, Targets);
            var weights = ones_like(own).index_fill_(0, rows, 0);
            sum.sub_((own * weights).sum(float64).Plus((answers * logs.index_select(0, rows)).sum(float64).Times(answerWeight)));
            var gradient = logs.exp_().scatter_add_(1, Targets, -weights).index_add_(0, rows, answers, -1);
            if (answerWeight != 1) gradient.mul_(ones_like(own).index_fill_(0, rows, answerWeight));
            return gradient.TimesInPlace(Scale);
        }

        private static Tensor Tail(Tensor probabilities) => probabilities.sum(-1, keepdim: true).neg_().PlusInPlace(1).clamp_min_(SmallestTail);

        private Tensor Weighted(Tensor loss, Tensor gradient, Tensor sum)
        {
            sum.PlusInPlace((Weights is null ? loss : loss * Weights).sum(float64));
            return Weights is null ? gradient.TimesInPlace(Scale) : gradient.mul_(Weights.Times(Scale));
        }
    }
}
