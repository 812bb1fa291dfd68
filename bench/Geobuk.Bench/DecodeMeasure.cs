using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference;
using Geobuk.Inference.Sampling;

namespace Geobuk.Bench;

/// <summary>Opens a file, generates, and compares with what memory delivers.</summary>
internal static class DecodeMeasure
{
    private const int Rounds = 7;

    /// <summary>Prints the figures.</summary>
    public static void Run(string file, int threads, int tokens)
    {
        var clock = Stopwatch.StartNew();
        using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads, ContextLength = 4096 });
        using var engine = new Engine(model);
        Console.WriteLine($"opened in {clock.Elapsed.TotalSeconds:f2} s, {model.ParameterCount:N0} weights, {model.FileBytes / 1e9:f2} GB, resident {Resident() / 1e9:f2} GB");
        // Memory swings with the machine's other guests: each round is held against what memory delivers before and after it.
        var (speeds, rates, shares) = (new double[Rounds], new double[Rounds], new double[Rounds]);
        var before = MemoryBandwidth.Measure(threads);
        for (var round = 0; round < Rounds; round++)
        {
            var result = EngineBenchmark.Run(model, 16, tokens, threads, repeat: 1);
            var after = MemoryBandwidth.Measure(threads);
            (speeds[round], rates[round]) = (result.DecodeTokensPerSecond, (before + after) / 2);
            shares[round] = result.BytesPerSecond / rates[round];
            before = after;
        }
        Console.WriteLine($"decode {SideBySide.Median([.. speeds]):f2} tokens/s with {threads} threads, {SideBySide.Median([.. speeds]) * EngineBenchmark.WeightBytes(model) / 1e9:f2} GB/s of weights, resident {Resident() / 1e9:f2} GB");
        Console.WriteLine($"memory {SideBySide.Median([.. rates]) / 1e9:f2} GB/s; decode reaches {100 * SideBySide.Median([.. shares]):f0} % of it (medians of {Rounds} rounds in turn, {100 * shares.Min():f0} to {100 * shares.Max():f0})");
    }

    /// <summary>Resident memory by /proc, mapped pages of the file included.</summary>
    private static long Resident()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status)) return Environment.WorkingSet;
        var line = File.ReadLines(Status).First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
