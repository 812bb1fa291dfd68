using Geobuk.Training.DataParallel;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Forgetting;

/// <summary>Losses of a held-out set document by document, so that two models can be compared in pairs.</summary>
public static class HeldOutLoss
{
    /// <summary>Logit values held at a time.</summary>
    private const long ChunkElements = 1L << 23;

    /// <summary>One entry for every document that has a token to predict, in the set's order; workers share the micro-batches.</summary>
    public static IReadOnlyList<DocumentLoss> Of(CausalLanguageModel model, TrainingData data, string set, ICollective workers, CancellationToken ct)
    {
        var device = model.parameters().First().device;
        var (documents, own) = (new List<int[]>(), new List<double>());
        model.eval();
        foreach (var (batch, places) in data.HeldOut(set, device))
        {
            using (batch)
            {
                if (workers.Has(documents.Count))
                {
                    if (workers.Workers == 1) ct.ThrowIfCancellationRequested();
                    own.AddRange(PerPrediction(model, batch).Select(nats => (double)nats));
                }
                documents.Add([.. batch.Sources.Values<long>().Select(source => places[source])]);
            }
        }
        model.train();
        if (workers.Any(ct.IsCancellationRequested)) throw new OperationCanceledException(ct);
        return Sum(documents, workers.Gather([.. own]));
    }

    private static List<DocumentLoss> Sum(List<int[]> documents, double[][] nats)
    {
        var losses = new SortedDictionary<int, DocumentLoss>();
        var next = new int[nats.Length];
        for (var batch = 0; batch < documents.Count; batch++)
        {
            var worker = batch % nats.Length;
            foreach (var document in documents[batch])
            {
                var sum = losses.GetValueOrDefault(document);
                losses[document] = new DocumentLoss(sum.Predictions + 1, sum.Nats + nats[worker][next[worker]++]);
            }
        }
        return [.. losses.Values];
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
            all.AddRange(loss.Values<float>());
        }
        return [.. all];
    }
}
