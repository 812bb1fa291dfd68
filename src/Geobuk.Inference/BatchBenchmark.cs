using System.Diagnostics;
using Geobuk.Inference.Sampling;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>Measures several sequences computed together.</summary>
public static class BatchBenchmark
{
    /// <summary>
    /// Runs random prompts together several times. With a shared prefix the first sequence begins alone, and each further one when
    /// the one before it has its first token and while all before it generate; without one all begin at once.
    /// </summary>
    /// <exception cref="UserInputException">A number is out of range, or the sequences do not fit the context.</exception>
    public static BatchBenchmarkResult Run(InferenceModel model, BatchBenchmarkOptions options, CancellationToken cancellationToken = default)
    {
        Check(model, options);
        var runs = new List<BatchBenchmarkResult>();
        for (var i = 0; i <= options.Repeat; i++)
        {
            // A new engine each time: its cache must be cold.
            using var engine = new Engine(model, options.Threads);
            var run = Measure(engine, options, cancellationToken);
            if (i > 0 || options.Repeat == 0) runs.Add(run);
        }
        return runs[0] with
        {
            PrefillTokensPerSecond = Median(run => run.PrefillTokensPerSecond),
            DecodeTokensPerSecond = Median(run => run.DecodeTokensPerSecond),
            AggregateTokensPerSecond = Median(run => run.AggregateTokensPerSecond),
            FirstTimeToFirstTokenMilliseconds = Median(run => run.FirstTimeToFirstTokenMilliseconds),
            TimeToFirstTokenMilliseconds = Median(run => run.TimeToFirstTokenMilliseconds),
            BytesPerSecond = Median(run => run.BytesPerSecond),
        };

        double Median(Func<BatchBenchmarkResult, double> value) => MedianOf([.. runs.Select(value)]);
    }

    private static BatchBenchmarkResult Measure(Engine engine, BatchBenchmarkOptions options, CancellationToken cancellationToken)
    {
        var parameters = new SamplingParameters { MaxTokens = options.Generate, IgnoreEos = true };
        var started = Stopwatch.GetTimestamp();
        var sequences = new List<Task<Timing>>();
        var firsts = new List<Task>();
        for (var i = 0; i < options.Parallel; i++)
        {
            var first = new TaskCompletionSource();
            sequences.Add(ReadAsync(engine.Start(Prompt(engine.Model, options, i), parameters, new GenerationOptions { User = $"{i}" }), started, first, cancellationToken));
            firsts.Add(first.Task);
            if (options.SharedPrefix > 0) first.Task.Wait(cancellationToken);
        }
        var timings = Task.WhenAll(sequences).GetAwaiter().GetResult();
        var (allRead, end) = (timings.Max(timing => timing.First), timings.Max(timing => timing.End));
        var together = timings.Sum(timing => timing.Times.Count(time => time > allRead));
        var rate = together / Math.Max(1e-9, end - allRead);
        var computed = timings.Sum(timing => timing.PromptTokens - timing.CachedTokens);
        var waits = timings.Select(timing => 1000 * (timing.First - timing.Begin)).ToList();
        return new BatchBenchmarkResult(
            computed / allRead, rate, (double)options.Parallel * options.Generate / end, waits[0],
            MedianOf(options.SharedPrefix > 0 && waits.Count > 1 ? waits[1..] : waits), rate / options.Parallel * engine.Model.Weights.WeightBytes,
            timings.Skip(1).Sum(timing => timing.CachedTokens), options.Parallel, engine.Threads, engine.Model.KernelPath);
    }

    private static async Task<Timing> ReadAsync(Generation generation, long started, TaskCompletionSource first, CancellationToken cancellationToken)
    {
        using (generation)
        {
            var begin = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var times = new List<double>();
            await foreach (var token in generation.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                times.Add(Stopwatch.GetElapsedTime(started, token.Timestamp).TotalSeconds);
                first.TrySetResult();
            }
            return new Timing(begin, times, generation.PromptTokens, generation.CachedTokens);
        }
    }

    /// <summary>Ids spread over the vocabulary by fixed strides: the same prompts on every machine.</summary>
    private static int[] Prompt(InferenceModel model, BatchBenchmarkOptions options, int sequence)
    {
        var vocabulary = model.Config.VocabularySize;
        var shared = Enumerable.Range(0, options.SharedPrefix).Select(i => (int)(i * 7919L % vocabulary));
        return [.. shared, .. Enumerable.Range(0, options.Own).Select(i => (int)((i * 104729L + (sequence + 1) * 7907L) % vocabulary))];
    }

    private static double MedianOf(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    private static void Check(InferenceModel model, BatchBenchmarkOptions options)
    {
        var problems = new List<string>();
        Check(options.Prompt >= 1, "prompt", options.Prompt, "1 or more");
        Check(options.Generate >= 2, "gen", options.Generate, "2 or more");
        Check(options.Parallel is >= 1 and <= 256, "parallel", options.Parallel, "1 to 256");
        Check(options.SharedPrefix >= 0, "shared-prefix", options.SharedPrefix, "0 or more");
        Check(options.Repeat >= 0, "repeat", options.Repeat, "0 or more");
        var length = (long)options.SharedPrefix + options.Own + options.Generate;
        if (length > model.ContextLength)
            problems.Add($"bench: sequences of {length} tokens; expected at most the context of {model.ContextLength}. Take fewer tokens.");
        if (problems.Count > 0) throw new UserInputException(problems);

        void Check(bool valid, string name, int value, string expected)
        {
            if (!valid) problems.Add($"bench: {name} is {value}; expected {expected}. Correct the value.");
        }
    }

    private sealed record Timing(double Begin, List<double> Times, int PromptTokens, int CachedTokens)
    {
        public double First => Times[0];
        public double End => Times[^1];
    }
}
