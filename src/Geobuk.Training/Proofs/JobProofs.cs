using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Proofs;

/// <summary>
/// What every job shows before its first step, on its own model and data. Packing: documents packed together have the
/// log-probabilities and gradients that they have one by one. Loss scale: the gradient of an optimizer step is that of the mean
/// over all its tokens, however it is split into micro-batches. The other side of each comparison is written without the trainer's
/// batches, masks and loss: one document at a time, all logits, the library's own cross entropy.
/// </summary>
public static class JobProofs
{
    private const double LogProbabilityLimit = 1e-5, GradientLimit = 1e-4;

    /// <summary>Compares; the model's gradients are empty before and after, its weights fp32.</summary>
    /// <param name="model">The job's model, with its adapters.</param>
    /// <param name="data">The job's data.</param>
    /// <param name="accumulate">What the loop does with the micro-batches of one optimizer step: leaves their gradient in the model.</param>
    /// <param name="device">Where the model is.</param>
    public static IReadOnlyList<ProofMeasure> Run(CausalLanguageModel model, TrainingData data, Action<IReadOnlyList<MicroBatch>> accumulate, Device device)
    {
        var training = model.training;
        model.eval();
        try
        {
            return Compare(model, data, accumulate, device);
        }
        finally
        {
            model.train(training);
        }
    }

    private static List<ProofMeasure> Compare(CausalLanguageModel model, TrainingData data, Action<IReadOnlyList<MicroBatch>> accumulate, Device device)
    {
        var windows = data.ProofWindows;
        using var scope = NewDisposeScope();
        var alone = ProofSample.Alone(windows, device).ToList();
        var predictions = alone.Sum(batch => batch.PredictionCount);
        if (predictions == 0) throw new InvalidOperationException("train: the first sequences hold no token that carries loss; expected at least one. Check the training data.");
        var expected = new List<Tensor>();
        foreach (var batch in alone.Where(batch => batch.PredictionCount > 0))
        {
            using var inner = NewDisposeScope();
            var logs = LogProbabilities(model, batch);
            expected.Add(logs.detach().MoveToOuterDisposeScope());
            logs.sum().Times(-1.0 / predictions).backward();
        }
        using var reference = GradientSnapshot.Take(model);
        alone.ForEach(batch => batch.Dispose());

        var measures = new List<ProofMeasure> { new("packed log-probabilities", Packed(), LogProbabilityLimit) };
        using var whole = Split([windows.Count]);
        measures.Add(new ProofMeasure("packed gradients", whole.DifferenceFrom(reference), GradientLimit));
        foreach (var split in Splits(windows.Count))
        {
            using var gradients = Split(split);
            measures.Add(new ProofMeasure($"loss scale of micro-batches {string.Join(" + ", split)}", gradients.DifferenceFrom(reference), GradientLimit));
        }
        return measures;

        double Packed()
        {
            using var still = no_grad();
            using var batch = data.ProofBatch(windows, device);
            var got = LogProbabilities(model, batch.Sequences);
            return got.shape[0] != predictions ? double.NaN : (got - cat(expected, 0)).abs().max().item<float>();
        }

        GradientSnapshot Split(IReadOnlyList<int> sizes)
        {
            var start = 0;
            var batches = new List<MicroBatch>();
            foreach (var size in sizes)
            {
                batches.Add(data.ProofBatch([.. windows.Skip(start).Take(size)], device));
                start += size;
            }
            accumulate(batches);
            batches.ForEach(batch => batch.Dispose());
            return GradientSnapshot.Take(model);
        }
    }

    /// <summary>One by one, and unevenly: a mean of means differs from the mean only where the parts do.</summary>
    private static IEnumerable<int[]> Splits(int count)
    {
        if (count < 2) yield break;
        yield return [.. Enumerable.Repeat(1, count)];
        if (count > 2) yield return [1, count - 1];
    }

    private static Tensor LogProbabilities(CausalLanguageModel model, PackedBatch batch)
    {
        var logits = model.Logits(model.Hidden(batch).view(-1, model.Config.HiddenSize)).to(float32).index_select(0, batch.Sources);
        return -nn.functional.cross_entropy(logits, batch.Targets, reduction: nn.Reduction.None);
    }
}
