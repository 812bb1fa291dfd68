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
/// batches, masks and loss: one document at a time, all logits, the library's own cross entropy, one backward pass through the whole graph.
/// In fp32 the two sides differ by rounding, so the bounds are close and hold for every token and every parameter. A job that computes in bf16
/// compares once more in bf16, where a rounding is 2^-9 and may change which experts or keys a token takes: there the mean over the tokens
/// and the norm of the whole gradient count, and the bounds tell a wrong kernel from rounding, no more.
/// </summary>
public static class JobProofs
{
    private const double LogProbabilityLimit = 1e-5, GradientLimit = 1e-4;
    private const double NarrowLogProbabilityLimit = 0.1, NarrowGradientLimit = 0.25;

    /// <summary>Compares; the model's gradients are empty before and after, its weights fp32 or bf16.</summary>
    /// <param name="model">The job's model, with its adapters.</param>
    /// <param name="data">The job's data.</param>
    /// <param name="accumulate">Adds to the model's gradients those that the loop makes of the micro-batches of one optimizer step, times a factor.</param>
    /// <param name="device">Where the model is.</param>
    public static IReadOnlyList<ProofMeasure> Run(CausalLanguageModel model, TrainingData data, Action<IReadOnlyList<MicroBatch>, double> accumulate, Device device)
    {
        var training = model.training;
        model.eval();
        try
        {
            return Compare(model, data, accumulate, device);
        }
        finally
        {
            GradientNorms.Clear(model);
            model.train(training);
        }
    }

    private static List<ProofMeasure> Compare(CausalLanguageModel model, TrainingData data, Action<IReadOnlyList<MicroBatch>, double> accumulate, Device device)
    {
        var windows = data.ProofWindows;
        var narrow = model.Decoder.ComputeType == ScalarType.BFloat16;
        var (prefix, logarithms, relative) = narrow ? ("bf16 ", NarrowLogProbabilityLimit, NarrowGradientLimit) : ("", LogProbabilityLimit, GradientLimit);
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
        alone.ForEach(batch => batch.Dispose());
        var norms = GradientNorms.Of(model);

        var measures = new List<ProofMeasure> { new(prefix + "packed log-probabilities", Packed(), logarithms) };
        int[] taken = [windows.Count];
        Subtract("packed gradients", taken);
        foreach (var split in Splits(windows.Count))
        {
            // What was taken away comes back, and the gradients are the expected ones again.
            Add(taken, 1);
            Subtract($"loss scale of micro-batches {string.Join(" + ", split)}", taken = split);
        }
        return measures;

        double Packed()
        {
            using var still = no_grad();
            using var batch = data.ProofBatch(windows, device);
            var got = LogProbabilities(model, batch.Sequences);
            if (got.shape[0] != predictions) return double.NaN;
            var off = (got - cat(expected, 0)).abs();
            return (narrow ? off.mean() : off.max()).item<float>();
        }

        // The expected gradients minus the loop's, measured.
        void Subtract(string name, IReadOnlyList<int> sizes)
        {
            Add(sizes, -1);
            var difference = GradientNorms.Of(model);
            measures.Add(new ProofMeasure(prefix + name, narrow ? difference.ShareOf(norms) : difference.LargestShareOf(norms), relative));
        }

        void Add(IReadOnlyList<int> sizes, double factor)
        {
            var start = 0;
            var batches = new List<MicroBatch>();
            foreach (var size in sizes)
            {
                batches.Add(data.ProofBatch([.. windows.Skip(start).Take(size)], device));
                start += size;
            }
            accumulate(batches, factor);
            batches.ForEach(batch => batch.Dispose());
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
