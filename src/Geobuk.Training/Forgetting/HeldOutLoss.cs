using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Forgetting;

/// <summary>Losses of a held-out set document by document, so that two models can be compared in pairs.</summary>
public static class HeldOutLoss
{
    /// <summary>Logit values held at a time.</summary>
    private const long ChunkElements = 1L << 23;

    /// <summary>One entry for every document that has a token to predict, in the set's order.</summary>
    public static IReadOnlyList<DocumentLoss> Of(CausalLanguageModel model, TrainingData data, string set, CancellationToken ct)
    {
        var losses = new SortedDictionary<int, DocumentLoss>();
        var device = model.parameters().First().device;
        model.eval();
        foreach (var (batch, documents) in data.HeldOut(set, device))
        {
            using (batch)
            {
                ct.ThrowIfCancellationRequested();
                Add(losses, batch, documents, PerPrediction(model, batch));
            }
        }
        model.train();
        return [.. losses.Values];
    }

    private static void Add(SortedDictionary<int, DocumentLoss> losses, PackedBatch batch, int[] documents, float[] nats)
    {
        using var scope = NewDisposeScope();
        var sources = batch.Sources.cpu().data<long>().ToArray();
        for (var i = 0; i < sources.Length; i++)
        {
            var document = documents[sources[i]];
            var sum = losses.GetValueOrDefault(document);
            losses[document] = new DocumentLoss(sum.Predictions + 1, sum.Nats + nats[i]);
        }
    }

    private static float[] PerPrediction(CausalLanguageModel model, PackedBatch batch)
    {
        if (batch.PredictionCount == 0) return [];
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var hidden = model.Hidden(batch).view(-1, model.Config.HiddenSize).index_select(0, batch.Sources);
        var size = Math.Max(16, ChunkElements / model.Config.VocabularySize);
        var all = new List<float>(batch.PredictionCount);
        for (long start = 0; start < batch.PredictionCount; start += size)
        {
            using var inner = NewDisposeScope();
            var length = Math.Min(size, batch.PredictionCount - start);
            var logits = model.Logits(hidden.narrow(0, start, length)).to(float32);
            var loss = nn.functional.cross_entropy(logits, batch.Targets.narrow(0, start, length), reduction: nn.Reduction.None);
            all.AddRange(loss.cpu().data<float>().ToArray());
        }
        return [.. all];
    }
}
