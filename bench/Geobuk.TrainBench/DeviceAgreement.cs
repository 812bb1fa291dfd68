using System.Globalization;
using Geobuk.Recipes;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = Geobuk.Training.Optimization.AdamW;

namespace Geobuk.TrainBench;

/// <summary>The same training on the processor and on a device: losses, gradients, and weights after some steps, in fp32 and with 8-bit moments.</summary>
internal static class DeviceAgreement
{
    private const int Steps = 3;
    private const double Rate = 1e-3;
    /// <summary>Largest relative differences of loss, gradients and updates (with both kinds of moments): another order of additions explains these, and
    /// Adam's first steps divide noise by its own size. bf16 has no limit, since it sends tokens to other experts.</summary>
    private static readonly double[] s_limits = [1e-5, 1e-4, 2e-2, 2e-2];

    /// <summary>Compares every checkpoint folder and prints a row for each.</summary>
    /// <returns>Whether all agree.</returns>
    public static bool Run(IEnumerable<string> folders, Device device)
    {
        Console.WriteLine($"{"checkpoint",-22} {"loss",9} {"off by",9} {"gradients",9} {"updates",9} {"8-bit",9}   bf16 gradients off fp32's, and whether {device} repeats itself");
        var all = true;
        foreach (var folder in folders)
        {
            var (wide, there) = (Measure(folder, CPU, OptimizerStateType.Fp32, half: false), Measure(folder, device, OptimizerStateType.Fp32, half: false));
            var (coded, codedThere) = (Measure(folder, CPU, OptimizerStateType.Int8, half: false), Measure(folder, device, OptimizerStateType.Int8, half: false));
            var (half, again) = (Measure(folder, device, OptimizerStateType.Fp32, half: true), Measure(folder, device, OptimizerStateType.Fp32, half: false));
            double[] off = [Math.Abs(there.Loss / wide.Loss - 1), Off(wide.Gradients, there.Gradients), Off(wide.Updates, there.Updates), Off(coded.Updates, codedThere.Updates)];
            var holds = off.Zip(s_limits, (value, limit) => value <= limit).All(kept => kept);
            all &= holds;
            var repeats = there.Updates.All(entry => entry.Value.AsSpan().SequenceEqual(again.Updates[entry.Key]));
            Console.WriteLine($"{Path.GetFileName(folder.TrimEnd('/')),-22} {Row(wide.Loss, off)}   {Row(Off(wide.Gradients, half.Gradients))}, {(repeats ? "yes" : "no")}{(holds ? "" : "; beyond the limits")}");
        }
        Console.WriteLine($"{"at most",-22} {"",9} {Row(s_limits)}");
        return all;
    }

    private static string Row(double loss, double[] values) => string.Create(CultureInfo.InvariantCulture, $"{loss,9:f5} {Row(values)}");

    private static string Row(params double[] values) => string.Join(' ', values.Select(value => value.ToString("0.0e+00", CultureInfo.InvariantCulture).PadLeft(9)));

    private static (double Loss, Dictionary<string, float[]> Gradients, Dictionary<string, float[]> Updates) Measure(string folder, Device device, OptimizerStateType state, bool half)
    {
        using var scope = NewDisposeScope();
        using var model = ModelWeights.Load(folder, device);
        if (half) model.ToBFloat16();
        model.train();
        var parameters = model.Trainable();
        var before = parameters.ToDictionary(entry => entry.Name, entry => Values(entry.Parameter));
        using var optimizer = new AdamW(new TrainConfig { OptimizerState = state }, parameters);
        var (loss, gradients) = (0.0, new Dictionary<string, float[]>());
        for (var step = 0; step < Steps; step++)
        {
            using var batch = Batch(model, device, step);
            var sum = ChunkedCrossEntropy.Backward(model, batch, 1.0 / batch.PredictionCount) / batch.PredictionCount;
            if (step == 0)
            {
                loss = sum;
                foreach (var (name, parameter) in parameters)
                    if (parameter.grad is { } gradient) gradients[name] = Values(gradient);
            }
            optimizer.Accumulate();
            optimizer.Clip(optimizer.Norm().item<double>(), 1);
            optimizer.Step(Rate);
        }
        var updates = parameters.ToDictionary(entry => entry.Name, entry => Values(entry.Parameter).Zip(before[entry.Name], (now, then) => now - then).ToArray());
        return (loss, gradients, updates);
    }

    /// <summary>Two rows of three documents.</summary>
    private static PackedBatch Batch(CausalLanguageModel model, Device device, int seed)
    {
        var length = Math.Min(96, model.Config.MaxPositions);
        var random = new Random(seed);
        int[] tokens = [.. Enumerable.Range(0, 2 * length).Select(_ => random.Next(model.Config.VocabularySize))];
        int[] documents = [.. tokens.Select((_, i) => i % length * 3 / length)];
        int[] positions = [.. tokens.Select((_, i) => i % length - Enumerable.Range(0, length).First(at => at * 3 / length == documents[i]))];
        return new PackedBatch(tokens, positions, documents, length, device);
    }

    private static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to(float32).Values<float>();
    }

    /// <summary>Length of the difference over length, over all tensors together.</summary>
    private static double Off(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        var (difference, length) = (0.0, 0.0);
        foreach (var (name, values) in expected)
        {
            var others = actual.GetValueOrDefault(name) ?? new float[values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                difference += Math.Pow(values[i] - others[i], 2);
                length += (double)values[i] * values[i];
            }
        }
        return length == 0 ? 0 : Math.Sqrt(difference / length);
    }
}
