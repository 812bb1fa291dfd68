using System.Diagnostics;
using System.Globalization;
using Geobuk.Inference;

namespace Geobuk.Bench;

/// <summary>What each type of the key-value cache costs and changes: bytes, time of prefill and decode, divergence of the next token from an exact cache's.</summary>
internal static class CacheMeasure
{
    /// <summary>Prints a row per type, over the first tokens of a text.</summary>
    public static void Run(string file, string text, int threads, int count, int generate)
    {
        Console.WriteLine("| cache | bytes per token | prefill, tokens/s | decode behind it, tokens/s | mean KL | largest KL | same top |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        List<double[]>? exact = null;
        foreach (var type in Enum.GetValues<KeyValueType>())
        {
            using var model = InferenceModel.Load(file, new InferenceOptions { Threads = threads, KeyValueType = type });
            using var engine = new Engine(model);
            using var cache = engine.CreateCache();
            var tokens = model.Tokenizer.Encode(File.ReadAllText(text))[..count];
            var rows = new List<double[]>();
            engine.Prefill(cache, tokens, (_, logits) => rows.Add(LogProbabilities(logits)));
            exact ??= rows;
            var divergences = exact.Zip(rows, (p, q) => p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum()).ToList();
            var same = exact.Zip(rows, (p, q) => Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max())).Count(equal => equal);
            var bytes = cache.Bytes / (double)((count + 31) / 32 * 32);
            var prefill = Seconds(() =>
            {
                cache.Truncate(0);
                engine.Prefill(cache, tokens);
            });
            var decode = Seconds(() =>
            {
                for (var i = 0; i < generate; i++) engine.Prefill(cache, [tokens[i]]);
            });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {type} | {bytes:f0} | {count / prefill:f0} | {generate / decode:f0} | {divergences.Average():e1} | {divergences.Max():e1} | {100.0 * same / count:f2} % |"));
        }
    }

    private static double Seconds(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double[] LogProbabilities(ReadOnlySpan<float> logits)
    {
        var values = new double[logits.Length];
        var (peak, sum) = (double.MinValue, 0.0);
        foreach (var logit in logits) peak = Math.Max(peak, logit);
        foreach (var logit in logits) sum += Math.Exp(logit - peak);
        for (var i = 0; i < values.Length; i++) values[i] = logits[i] - peak - Math.Log(sum);
        return values;
    }
}
