using System.Diagnostics;
using Geobuk.Recipes;
using Geobuk.Training;
using Geobuk.Training.Native;
using TorchSharp;

namespace Geobuk.Cli.Plans;

/// <summary>What this machine does in a second, measured in about one.</summary>
/// <param name="TrainingFlops">Floating-point operations in a matrix product of the training's shape and precision.</param>
/// <param name="MemoryBytes">Bytes read from memory by one core.</param>
/// <param name="OnGpu">Whether the training runs on a GPU.</param>
internal sealed record MachineSpeed(double TrainingFlops, double MemoryBytes, bool OnGpu)
{
    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(400);

    /// <summary>Multiplies and reads for a while.</summary>
    public static MachineSpeed Measure(ModelSize model, TrainConfig? train)
    {
        var config = train ?? new TrainConfig();
        var options = TorchOptions.FromEnvironment();
        var device = TorchRuntime.Start(config.Deterministic ? options with { Threads = 1 } : options);
        var half = ComputePrecision.Resolve(config, device) == TrainPrecision.Bf16;
        return new MachineSpeed(Multiply(device, half, Math.Min(4096, config.MicroBatch * config.SequenceLength), model), Read(), device.type == DeviceType.CUDA);
    }

    private static double Multiply(torch.Device device, bool half, int tokens, ModelSize model)
    {
        using var scope = torch.NewDisposeScope();
        var type = half ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;
        var input = torch.randn([tokens, model.Hidden], type, device);
        var weights = torch.randn([model.Hidden, model.Intermediate], type, device);
        return 2.0 * tokens * model.Hidden * model.Intermediate / Fastest(Product);

        void Product()
        {
            // Reading one number waits for a GPU to finish.
            using var product = torch.matmul(input, weights);
            using var corner = product[0, 0].to(torch.ScalarType.Float32);
            _ = corner.item<float>();
        }
    }

    private static double Read()
    {
        var memory = new long[1 << 22];
        var sum = 0L;
        var seconds = Fastest(() =>
        {
            foreach (var word in memory) sum |= word;
        });
        GC.KeepAlive(sum);
        return memory.Length * sizeof(long) / seconds;
    }

    /// <summary>Seconds of the fastest try: whatever else runs on the machine only adds time.</summary>
    private static double Fastest(Action work)
    {
        var (began, best) = (Stopwatch.GetTimestamp(), double.PositiveInfinity);
        while (Stopwatch.GetElapsedTime(began) < Enough)
        {
            var started = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }
}
