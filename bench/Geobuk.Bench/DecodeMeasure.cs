using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference;
using Geobuk.Inference.Sampling;

namespace Geobuk.Bench;

/// <summary>Opens a file, generates, and compares with what memory delivers.</summary>
internal static class DecodeMeasure
{
    /// <summary>Prints the figures.</summary>
    public static void Run(string file, int threads, int tokens)
    {
        var clock = Stopwatch.StartNew();
        using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads, ContextLength = 4096 });
        using var engine = new Engine(model);
        Console.WriteLine($"opened in {clock.Elapsed.TotalSeconds:f2} s, {model.ParameterCount:N0} weights, {model.FileBytes / 1e9:f2} GB, resident {Resident() / 1e9:f2} GB");
        var result = EngineBenchmark.Run(model, 16, tokens, threads, repeat: 3);
        Console.WriteLine($"decode {result.DecodeTokensPerSecond:f2} tokens/s with {threads} threads, {result.BytesPerSecond / 1e9:f2} GB/s of weights, resident {Resident() / 1e9:f2} GB");
        var bandwidth = MemoryBandwidth.Measure(threads);
        Console.WriteLine($"memory {bandwidth / 1e9:f2} GB/s; decode reaches {100 * result.BytesPerSecond / bandwidth:f0} % of it");
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
