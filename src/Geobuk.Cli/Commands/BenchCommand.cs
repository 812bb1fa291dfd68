using System.CommandLine;
using Geobuk.Inference;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk bench</c>: speed of this machine on this file.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var prompt = Number("--prompt", "Prompt tokens.", 512);
        var generate = Number("--gen", "Generated tokens.", 64);
        var repeat = Number("--repeat", "Repetitions; medians are given.", 5);
        var parallel = Number("--parallel", "Sequences at once; only 1 so far.", 1);
        var sharedPrefix = Number("--shared-prefix", "Prompt tokens that the sequences share; only 0 so far.", 0);
        var threads = new Option<int?>("--threads") { Description = "Threads; all cores by default." };
        return Verb.Create("bench", "Measure prefill and decode speed.",
            "geobuk bench runs/quickstart/light --prompt 256 --gen 32", [model, prompt, generate, threads, parallel, sharedPrefix, repeat], (arguments, output, cancellation) =>
            {
                if (arguments.GetValue(parallel) != 1 || arguments.GetValue(sharedPrefix) != 0)
                    throw new UserInputException($"--parallel is {arguments.GetValue(parallel)}, --shared-prefix {arguments.GetValue(sharedPrefix)}; expected 1 and 0. Batched measurement is not there yet.");
                using var loaded = InferenceModel.Load(ModelPath.Resolve(arguments.GetRequiredValue(model)));
                var result = EngineBenchmark.Run(loaded, arguments.GetValue(prompt), arguments.GetValue(generate), arguments.GetValue(threads), arguments.GetValue(repeat), cancellation);
                output.Result(new
                {
                    PrefillTps = result.PrefillTokensPerSecond,
                    DecodeTps = result.DecodeTokensPerSecond,
                    AggregateTps = result.DecodeTokensPerSecond,
                    TtftMs = result.TimeToFirstTokenMilliseconds,
                    result.BytesPerSecond,
                    result.Threads,
                    Kernel = result.KernelPath,
                }, console =>
                {
                    console.WriteLine($"prefill {result.PrefillTokensPerSecond:f1} tokens/s, first token after {result.TimeToFirstTokenMilliseconds:f1} ms");
                    console.WriteLine($"decode  {result.DecodeTokensPerSecond:f1} tokens/s, {result.BytesPerSecond / 1e9:f2} GB/s of weights");
                    console.WriteLine($"{result.Threads} threads, {result.KernelPath}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static Option<int> Number(string name, string description, int value) => new(name) { Description = description, DefaultValueFactory = _ => value };
}
