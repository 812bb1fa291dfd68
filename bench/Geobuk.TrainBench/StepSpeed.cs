using System.Diagnostics;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using static TorchSharp.torch;

namespace Geobuk.TrainBench;

/// <summary>Time of training steps.</summary>
internal static class StepSpeed
{
    /// <summary>Seconds of a step, the median after one that is not counted, and of its two parts, the means: forward and backward; clip and update.</summary>
    public static (double Median, double Computed, double Updated) Measure(CausalLanguageModel model, AdamW optimizer, TrainShape shape, int steps, Device device)
    {
        var (seconds, computed) = (new List<double>(), 0.0);
        for (var step = 0; step <= steps; step++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            var read = new List<Tensor>();
            for (var micro = 0; micro < shape.MicroBatches; micro++)
            {
                using var batch = shape.Batch(step * shape.MicroBatches + micro, device);
                read.Add(ChunkedCrossEntropy.Sum(model, batch, 1.0 / (shape.MicroBatches * batch.PredictionCount), new LossTerms()).view(1));
                optimizer.Accumulate();
            }
            var until = clock.Elapsed.TotalSeconds;
            // As the trainer does: losses and norm are read together.
            optimizer.Clip(cat([.. read, optimizer.Norm()]).cpu().data<double>()[read.Count], 1);
            optimizer.Step(1e-4);
            MatmulRate.Wait(device);
            if (step == 0) continue;
            seconds.Add(clock.Elapsed.TotalSeconds);
            computed += until;
        }
        return (seconds.Order().ElementAt(seconds.Count / 2), computed / steps, (seconds.Sum() - computed) / steps);
    }
}
