using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Sampling;

namespace Geobuk.Bench;

/// <summary>
/// Ours and llama.cpp on the same file with the same threads, runs taking turns; medians. Memory bandwidth is measured before and after each of our decodes.
/// </summary>
internal static class SideBySide
{
    /// <summary>Prints one row of a table per number of threads.</summary>
    public static void Run(string script, string file, KernelPath? kernels, int[] threadCounts, int prompt, int generate, int repeat)
    {
        foreach (var threads in threadCounts)
        {
            using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads, ContextLength = prompt + generate + 8, KeyValueType = KeyValueType.F16, Kernels = kernels });
            using var engine = new Engine(model);
            using var cache = engine.CreateCache();
            using var peer = new Peer(script, file, threads, prompt + generate + 8, model.Config.VocabularySize);
            var tokens = Enumerable.Range(0, prompt).Select(i => (int)(i * 7919L % model.Config.VocabularySize)).ToArray();
            Dictionary<string, List<double>> taken = new() { ["p"] = [], ["P"] = [], ["d"] = [], ["b"] = [], ["D"] = [], ["m"] = [] };
            var bytes = EngineBenchmark.WeightBytes(model);
            for (var round = 0; round <= repeat; round++)
            {
                var rows = new (string Name, Func<double> Measure)[]
                {
                    ("p", () => peer.Ask($"prefill {prompt}")[0]),
                    ("P", () => Prefill(engine, cache, tokens)),
                    ("d", () => peer.Ask($"decode 16 {generate}")[0]),
                    ("b", () => MemoryBandwidth.Measure(threads)),
                    ("D", () => Decode(engine, cache, tokens[..Math.Min(16, prompt)], generate)),
                    ("m", () => MemoryBandwidth.Measure(threads)),
                };
                foreach (var (name, measure) in rows)
                {
                    var value = measure();
                    // The first round warms both up.
                    if (round > 0) taken[name].Add(value);
                }
            }
            // Memory swings with the machine's other guests: each round's decode is held against what it read before and after it.
            var share = Median([.. taken["D"].Select((decode, i) => generate / decode * bytes / ((taken["b"][i] + taken["m"][i]) / 2))]);
            var (p, P, d, D, m) = (prompt / Median(taken["p"]), prompt / Median(taken["P"]), generate / Median(taken["d"]), generate / Median(taken["D"]), Median([.. taken["b"], .. taken["m"]]));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {Path.GetFileNameWithoutExtension(file)} | {threads} | {p:f1} | {P:f1} | **{P / p:f2}** | {d:f1} | {D:f1} | **{D / d:f2}** | {D * bytes / 1e9:f1} | {m / 1e9:f1} | {100 * share:f0} % | {model.KernelPath} |"));
        }
    }

    /// <summary>Prints one row: several sequences at once, each with a prompt of its own, ours and llama.cpp's taking turns.</summary>
    public static void RunParallel(string script, string file, int threads, int sequences, int prompt, int generate, int repeat)
    {
        var context = prompt + generate + 8;
        using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads, ContextLength = context, KeyValueType = KeyValueType.F16, Parallel = sequences });
        using var peer = new Peer(script, file, threads, context, model.Config.VocabularySize, sequences);
        var options = new BatchBenchmarkOptions(prompt, generate, sequences, 0, 0, threads);
        var (theirs, ours) = (new List<double[]>(), new List<BatchBenchmarkResult>());
        for (var round = 0; round < Math.Max(1, repeat); round++)
        {
            theirs.Add(peer.Ask($"parallel {prompt} {generate}"));
            ours.Add(BatchBenchmark.Run(model, options));
        }
        var all = Median([.. theirs.Select(run => (double)sequences * generate / (run[0] + run[1]))]);
        var together = Median([.. theirs.Select(run => run[2] / run[1])]);
        var (ourAll, ourTogether) = (Median([.. ours.Select(run => run.AggregateTokensPerSecond)]), Median([.. ours.Select(run => run.DecodeTokensPerSecond)]));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {Path.GetFileNameWithoutExtension(file)} | {threads} | {sequences} x ({prompt} + {generate}) | {all:f1} | {ourAll:f1} | **{ourAll / all:f2}** | {together:f1} | {ourTogether:f1} | **{ourTogether / together:f2}** | {model.KernelPath} |"));
    }

    /// <summary>The head of the table of <see cref="RunParallel"/>.</summary>
    public static void ParallelHead()
    {
        Console.WriteLine("| file | threads | sequences | tokens/s in all, llama.cpp | ours | ratio | while all generate, llama.cpp | ours | ratio | kernels |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
    }

    /// <summary>The table's head.</summary>
    public static void Head()
    {
        Console.WriteLine("| file | threads | prefill llama.cpp | ours | ratio | decode llama.cpp | ours | ratio | GB/s | memory GB/s | share | kernels |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
    }

    private static double Prefill(Engine engine, KvCache cache, int[] prompt)
    {
        cache.Truncate(0);
        var started = Stopwatch.GetTimestamp();
        engine.Prefill(cache, prompt);
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Seconds for all tokens but the first.</summary>
    private static double Decode(Engine engine, KvCache cache, int[] prompt, int generate)
    {
        cache.Truncate(0);
        using var tokens = engine.Generate(cache, prompt, new SamplingParameters { MaxTokens = generate + 1, IgnoreEos = true }).GetEnumerator();
        tokens.MoveNext();
        // When tokens were chosen counts, not when this thread came to read them.
        var (first, last) = (tokens.Current.Timestamp, 0L);
        while (tokens.MoveNext()) last = tokens.Current.Timestamp;
        return Stopwatch.GetElapsedTime(first, last).TotalSeconds;
    }

    /// <summary>The middle value, or the mean of the two.</summary>
    public static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
