using System.Diagnostics;
using Geobuk.Inference.Sampling;
using Geobuk.Models;

namespace Geobuk.Inference;

/// <summary>Measures prefill and decode.</summary>
public static class EngineBenchmark
{
    /// <summary>Runs a random prompt and a generation several times.</summary>
    /// <param name="model">The model.</param>
    /// <param name="promptTokens">Length of the prompt.</param>
    /// <param name="generateTokens">Tokens generated after it, 2 or more.</param>
    /// <param name="threads">Threads; null takes the model's option.</param>
    /// <param name="repeat">Measured repetitions after an unmeasured one.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="UserInputException">Prompt and generation do not fit the context.</exception>
    public static BenchmarkResult Run(
        InferenceModel model, int promptTokens = 512, int generateTokens = 64, int? threads = null, int repeat = 5,
        CancellationToken cancellationToken = default)
    {
        Check(model, promptTokens, generateTokens, repeat);
        using var engine = new Engine(model, threads);
        using var cache = engine.CreateCache();
        // Ids spread over the vocabulary by a fixed stride: the same prompt on every machine.
        var prompt = Enumerable.Range(0, promptTokens).Select(i => (int)(i * 7919L % model.Config.VocabularySize)).ToArray();
        var firsts = new List<double>();
        var decodes = new List<double>();
        for (var i = 0; i <= repeat; i++)
        {
            var (first, decode) = Measure(engine, cache, prompt, generateTokens, cancellationToken);
            if (i == 0) continue;
            firsts.Add(first);
            decodes.Add(decode);
        }
        var decodeRate = (generateTokens - 1) / Median(decodes);
        return new BenchmarkResult(
            promptTokens / Median(firsts), decodeRate, 1000 * Median(firsts), decodeRate * model.Weights.WeightBytes, engine.Threads, engine.DecodeThreads, model.KernelPath);
    }

    /// <summary>Bytes of weights that one generated token reads.</summary>
    public static long WeightBytes(InferenceModel model) => model.Weights.WeightBytes;

    /// <summary>Seconds to the first token and from there to the last.</summary>
    private static (double First, double Decode) Measure(Engine engine, KvCache cache, int[] prompt, int generate, CancellationToken cancellationToken)
    {
        cache.Truncate(0);
        var parameters = new SamplingParameters { MaxTokens = generate, IgnoreEos = true };
        // When tokens were chosen counts, not when this thread came to read them.
        var started = Stopwatch.GetTimestamp();
        var times = engine.Generate(cache, prompt, parameters, cancellationToken).Select(token => token.Timestamp).ToList();
        return (Stopwatch.GetElapsedTime(started, times[0]).TotalSeconds, Stopwatch.GetElapsedTime(times[0], times[^1]).TotalSeconds);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }

    private static void Check(InferenceModel model, int promptTokens, int generateTokens, int repeat)
    {
        var problems = new List<string>();
        if (promptTokens < 1) problems.Add($"bench: prompt is {promptTokens}; expected 1 or more. Correct the value.");
        if (generateTokens < 2) problems.Add($"bench: gen is {generateTokens}; expected 2 or more. Correct the value.");
        if (repeat < 1) problems.Add($"bench: repeat is {repeat}; expected 1 or more. Correct the value.");
        if ((long)promptTokens + generateTokens > model.ContextLength)
            problems.Add($"bench: prompt {promptTokens} and gen {generateTokens}; expected together at most the context of {model.ContextLength}. Take fewer tokens.");
        if (problems.Count > 0) throw new UserInputException(problems);
    }
}
