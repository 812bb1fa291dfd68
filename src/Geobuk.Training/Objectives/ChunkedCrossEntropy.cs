using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>
/// Next-token cross entropy whose logits exist for one chunk of tokens at a time: loss = sum over tokens of
/// logsumexp(h W^T) - (h W^T)[target]. Each chunk is differentiated at once and its logits dropped, so memory is chunk x
/// vocabulary, never tokens x vocabulary.
/// </summary>
public static class ChunkedCrossEntropy
{
    /// <summary>Logit values held at a time.</summary>
    private const long ChunkElements = 1L << 23;

    /// <summary>Adds the gradients of (sum of losses) * <paramref name="scale"/> and returns the sum of losses in nats.</summary>
    public static double Backward(CausalLanguageModel model, PackedBatch batch, double scale)
    {
        if (batch.PredictionCount == 0) return 0;
        using var scope = NewDisposeScope();
        var hidden = Selected(model, batch);
        // The head sees a leaf, so that each chunk's backward stops there and adds up.
        var leaf = hidden.detach().requires_grad_(true);
        var sum = 0.0;
        foreach (var (start, length) in Chunks(batch.PredictionCount, model.Config.VocabularySize))
        {
            using var inner = NewDisposeScope();
            var loss = ChunkLoss(model, leaf, batch, start, length);
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

    private static IEnumerable<(long Start, long Length)> Chunks(long tokens, long vocabulary)
    {
        var size = Math.Max(16, ChunkElements / vocabulary);
        for (long start = 0; start < tokens; start += size) yield return (start, Math.Min(size, tokens - start));
    }
}
