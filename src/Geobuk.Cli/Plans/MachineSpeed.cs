using System.Diagnostics;
using Geobuk.Cli.Runs;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;
using Geobuk.Training;
using Geobuk.Training.Native;
using TorchSharp;

namespace Geobuk.Cli.Plans;

/// <summary>What this machine does in a second, and what it has; measured in a few seconds. A described GPU takes the training.</summary>
internal sealed record MachineSpeed
{
    // Share of a matrix product's rate that a whole training step reaches where no probe tells: large layers, so most of it.
    private const double LargeModelShare = 0.6;
    // Of the maker's dense bf16 rate; what 1.26 billion weights reached on an H100 (LOG.md), a small model waits for the host and reaches less.
    private const double GpuShare = 0.31;
    // The engine's prefill against a product of the training's library, where no model is there to try.
    private const double EngineShare = 0.15;
    private const long LargestTrial = 2L << 30;

    private static readonly TimeSpan s_enough = TimeSpan.FromMilliseconds(400);
    // The engine's first passes are slower than those of an evaluation: its code is still being compiled, the training's threads still spin.
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(2);

    /// <summary>Operations of the training in a second, on one device.</summary>
    public required double TrainingFlops { get; init; }
    /// <summary>Bytes that the training's device reads and writes in a second.</summary>
    public required double TrainingMemoryBytes { get; init; }
    /// <summary>Operations of the engine's prefill in a second.</summary>
    public required double EngineFlops { get; init; }
    /// <summary>Weights that one core rounds to the light model's type in a second.</summary>
    public required double EncodedWeights { get; init; }
    /// <summary>Bytes read from main memory by one core in a second.</summary>
    public required double MemoryBytes { get; init; }
    /// <summary>Arithmetic of the training.</summary>
    public required TrainPrecision Precision { get; init; }
    /// <summary>GPUs described or present; null trains on the CPU.</summary>
    public GpuKind? Gpu { get; init; }
    /// <summary>Memory that processes may use.</summary>
    public long AvailableMemory { get; init; }
    /// <summary>Room where the runs lie.</summary>
    public long AvailableDisk { get; init; }

    /// <summary>Multiplies, trains, reads and generates for a while.</summary>
    public static MachineSpeed Measure(PlannedModel model, Recipe recipe, GpuKind? described, string runs)
    {
        var train = recipe.Train ?? new TrainConfig();
        var options = TorchOptions.FromEnvironment();
        var device = TorchRuntime.Start(train.Deterministic ? options with { Threads = 1 } : options);
        var precision = ComputePrecision.Resolve(train, device);
        var product = Multiply(device, precision == TrainPrecision.Bf16, model);
        var read = Read();
        var speed = new MachineSpeed
        {
            TrainingFlops = described is { } gpu ? gpu.Flops * GpuShare
                : recipe.Train is null ? product * LargeModelShare : TrainingProbe.Measure(model, train, precision, device) ?? product * LargeModelShare,
            TrainingMemoryBytes = described?.BytesPerSecond ?? read,
            EngineFlops = recipe.Evaluate is null ? product * EngineShare : Engine(recipe.Base.Model, model) ?? product * EngineShare,
            EncodedWeights = Encode((recipe.Compress ?? new CompressConfig()).Preset),
            MemoryBytes = read,
            Precision = described is null ? precision : train.Precision == TrainPrecision.Fp32 || train.Deterministic ? TrainPrecision.Fp32 : TrainPrecision.Bf16,
            Gpu = described,
            AvailableMemory = Machine.Current().MemoryBytes,
            AvailableDisk = Disk(runs),
        };
        return speed;
    }

    private static double Multiply(torch.Device device, bool half, PlannedModel model)
    {
        using var scope = torch.NewDisposeScope();
        var type = half ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;
        var (tokens, hidden, inner) = (1024, Math.Min(4096, model.Config.HiddenSize), Math.Min(8192, model.Config.IntermediateSize));
        var input = torch.randn([tokens, hidden], type, device);
        var weights = torch.randn([hidden, inner], type, device);
        return 2.0 * tokens * hidden * inner / Fastest(Product);

        void Product()
        {
            // Reading one number waits for a GPU to finish.
            using var product = torch.matmul(input, weights);
            using var corner = product[0, 0].to(torch.ScalarType.Float32);
            _ = corner.item<float>();
        }
    }

    private static double Encode(string preset)
    {
        var format = BlockFormat.Get(CompressionPreset.Find(preset).Matrices);
        var random = new Random(1);
        float[] weights = [.. Enumerable.Range(0, 1 << 16).Select(_ => (float)(random.NextDouble() + random.NextDouble() - 1))];
        var blocks = new byte[format.Bytes(weights.Length)];
        return weights.Length / Fastest(() => format.Encode(weights, default, blocks));
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

    /// <summary>The engine's prefill on the base model itself; null where it is not there or too large for a moment.</summary>
    private static double? Engine(string? folder, PlannedModel model)
    {
        const int prompt = 128;
        if (folder is null || model.FileBytes > LargestTrial || model.Config.MaxPositions < 2 * prompt || !File.Exists(Path.Combine(folder, "tokenizer.json"))) return null;
        using var loaded = InferenceModel.Load(folder);
        // As the evaluation works: many documents at once, each on one core.
        using var engine = new Engine(loaded, 1);
        using var cache = engine.CreateCache();
        var ids = Enumerable.Range(0, prompt).Select(i => (int)(i * 7919L % model.Config.VocabularySize)).ToArray();
        var seconds = Fastest(() =>
        {
            cache.Truncate(0);
            engine.Prefill(cache, ids, (_, _) => { }, 0, CancellationToken.None);
        }, s_warm);
        return Environment.ProcessorCount * prompt * model.ForwardOperations(prompt / 2.0) / seconds;
    }

    private static long Disk(string runs)
    {
        var folder = Path.GetFullPath(runs);
        while (!Directory.Exists(folder)) folder = Path.GetDirectoryName(folder)!;
        return new DriveInfo(folder).AvailableFreeSpace;
    }

    /// <summary>Seconds of the fastest try: whatever else runs on the machine only adds time.</summary>
    private static double Fastest(Action work, TimeSpan? enough = null)
    {
        var (began, best) = (Stopwatch.GetTimestamp(), double.PositiveInfinity);
        while (Stopwatch.GetElapsedTime(began) < (enough ?? s_enough))
        {
            var started = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return best;
    }
}
