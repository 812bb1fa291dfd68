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
            var clock = Stopwatch.StartNew();
            for (var micro = 0; micro < shape.MicroBatches; micro++)
            {
                using var batch = shape.Batch(step * shape.MicroBatches + micro, device);
                ChunkedCrossEntropy.Backward(model, batch, 1.0 / (shape.MicroBatches * batch.PredictionCount));
                optimizer.Accumulate();
            }
            var until = clock.Elapsed.TotalSeconds;
            optimizer.Clip(optimizer.Norm().item<double>(), 1);
            optimizer.Step(1e-4);
            MatmulRate.Wait(device);
            if (step == 0) continue;
            seconds.Add(clock.Elapsed.TotalSeconds);
            computed += until;
        }
        return (seconds.Order().ElementAt(seconds.Count / 2), computed / steps, (seconds.Sum() - computed) / steps);
    }
}
