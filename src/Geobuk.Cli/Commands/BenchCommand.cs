using System.CommandLine;
using Geobuk.Inference;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk bench</c>: speed of this machine on this file.</summary>
internal static class BenchCommand
{
    private const int UsualPrompt = 512, TokensOfItsOwn = 16;

    public static Command Create()
    {
        var model = ModelPath.Argument();
        var prompt = new Option<int?>("--prompt") { Description = "Prompt tokens; 512 by default, or as many as the context has room for.", HelpName = "N" };
        var generate = Number("--gen", "Generated tokens.", 64);
        var repeat = Number("--repeat", "Repetitions; medians are given.", 5);
        var parallel = Number("--parallel", "Sequences at once.", 1);
        var sharedPrefix = Number("--shared-prefix", "Prompt tokens that the sequences share; the first reads them alone. One as long as the prompt is followed by 16 tokens of the sequence's own.", 0);
        var rows = new Option<bool>("--no-repack") { Description = "Read the weights as the file has them." };
        var threads = new Option<int?>("--threads") { Description = "Threads; all cores by default." };
        var cache = CacheOption.Create();
        var kernels = KernelOption.Create();
        return Verb.Create("bench", "Measure prefill and decode speed.",
            "geobuk bench runs/quickstart/light --prompt 256 --gen 32", [model, prompt, generate, threads, parallel, sharedPrefix, repeat, cache, kernels, rows], (arguments, output, cancellation) =>
            {
                using var loaded = InferenceModel.Load(ModelPath.Resolve(arguments.GetRequiredValue(model)), new InferenceOptions { Repack = !arguments.GetValue(rows), Kernels = KernelOption.Read(arguments.GetValue(kernels)), KeyValueType = CacheOption.Read(arguments.GetRequiredValue(cache)) });
                var promptTokens = arguments.GetValue(prompt) ?? Math.Clamp(loaded.ContextLength - arguments.GetValue(generate) - TokensOfItsOwn, 1, UsualPrompt);
                if (arguments.GetValue(parallel) != 1 || arguments.GetValue(sharedPrefix) != 0)
                {
                    Parallel(BatchBenchmark.Run(loaded, new BatchBenchmarkOptions(
                        promptTokens, arguments.GetValue(generate), arguments.GetValue(parallel), arguments.GetValue(sharedPrefix), arguments.GetValue(repeat), arguments.GetValue(threads)), cancellation), output);
                    return Task.FromResult(ExitCode.Done);
                }
                var result = EngineBenchmark.Run(loaded, promptTokens, arguments.GetValue(generate), arguments.GetValue(threads), arguments.GetValue(repeat), cancellation);
                output.Result(new
                {
                    PrefillTps = result.PrefillTokensPerSecond,
                    DecodeTps = result.DecodeTokensPerSecond,
                    AggregateTps = result.DecodeTokensPerSecond,
                    TtftMs = result.TimeToFirstTokenMilliseconds,
                    result.BytesPerSecond,
                    result.Threads,
                    result.DecodeThreads,
                    Kernel = result.KernelPath,
                }, console =>
                {
                    console.WriteLine($"prefill {result.PrefillTokensPerSecond:f1} tokens/s of {promptTokens} tokens, first token after {result.TimeToFirstTokenMilliseconds:f1} ms");
                    console.WriteLine($"decode  {result.DecodeTokensPerSecond:f1} tokens/s, {result.BytesPerSecond / 1e9:f2} GB/s of weights");
                    console.WriteLine($"{result.Threads} threads, {result.DecodeThreads} for single tokens, {result.KernelPath}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void Parallel(BatchBenchmarkResult result, Terminal.Output output) => output.Result(new
    {
        PrefillTps = result.PrefillTokensPerSecond,
        DecodeTps = result.DecodeTokensPerSecond,
        AggregateTps = result.AggregateTokensPerSecond,
        TtftMs = result.TimeToFirstTokenMilliseconds,
        FirstTtftMs = result.FirstTimeToFirstTokenMilliseconds,
        SharedTtftRatio = result.TimeToFirstTokenMilliseconds / result.FirstTimeToFirstTokenMilliseconds,
        result.BytesPerSecond,
        result.Threads,
        result.Parallel,
        result.CachedTokens,
        Kernel = result.KernelPath,
    }, console =>
    {
        console.WriteLine($"{result.Parallel} sequences: {result.AggregateTokensPerSecond:f1} generated tokens/s in all, {result.DecodeTokensPerSecond:f1} while all generate, prefill {result.PrefillTokensPerSecond:f1} tokens/s");
        console.WriteLine($"first token after {result.FirstTimeToFirstTokenMilliseconds:f1} ms for the first sequence, {result.TimeToFirstTokenMilliseconds:f1} ms for the others (median), {result.CachedTokens} of their tokens from the cache");
        console.WriteLine($"{result.Threads} threads, {result.KernelPath}");
    });

    private static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
