using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>Optimizer steps over packed sequences. What step n sees depends on n alone.</summary>
public sealed class TrainingLoop(
    CausalLanguageModel model, TrainConfig config, TrainingData data, AdamW optimizer, LearningRateSchedule schedule, CausalLanguageModel? teacher = null)
{
    /// <summary>One optimizer step: gradients of the mean loss over all predictions of all micro-batches, clip, update.</summary>
    /// <exception cref="OperationCanceledException">Between micro-batches; the weights are those before the step.</exception>
    public StepMetrics Step(CancellationToken ct)
    {
        var step = optimizer.StepCount;
        var batches = data.Batches(step, Device).ToList();
        try
        {
            var predictions = batches.Sum(batch => batch.Sequences.PredictionCount);
            var loss = 0.0;
            foreach (var batch in batches)
            {
                if (ct.IsCancellationRequested) optimizer.DiscardGradients();
                ct.ThrowIfCancellationRequested();
                loss += ChunkedCrossEntropy.Backward(model, batch.Sequences, 1.0 / predictions, teacher, batch.Replayed, config.ReplayWeight);
                optimizer.Accumulate();
            }
            var norm = optimizer.Clip(config.ClipNorm);
            var rate = schedule.At(step);
            optimizer.Step(rate);
            return new StepMetrics(step + 1, loss / predictions, rate, norm, config.SequenceLength * config.MicroBatch * batches.Count);
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    /// <summary>Mean loss in nats per predicted token over a held-out set.</summary>
    public double Evaluate(string validationSet, CancellationToken ct)
    {
        var (sum, count) = (0.0, 0L);
        model.eval();
        foreach (var batch in data.Validation(validationSet, Device))
        {
            using (batch)
            {
                ct.ThrowIfCancellationRequested();
                sum += ChunkedCrossEntropy.Evaluate(model, batch);
                count += batch.PredictionCount;
            }
        }
        model.train();
        return sum / count;
    }

    private Device Device => model.parameters().First().device;
}
