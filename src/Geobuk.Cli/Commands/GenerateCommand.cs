using System.CommandLine;
using System.Diagnostics;
using Geobuk.Inference;
using Geobuk.Inference.Drafting;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk generate</c>: one completion.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var prompt = new Option<string?>("--prompt") { Description = "The text to continue.", HelpName = "S" };
        var file = new Option<string?>("--prompt-file") { Description = "A UTF-8 file with the text to continue.", HelpName = "F" };
        var speculation = new Option<string>("--spec") { Description = "Guess tokens and verify them, which saves time and changes nothing: off, lookup (the text repeats itself), corpus:FILE (it also quotes this file).", DefaultValueFactory = _ => "off" };
        var cache = CacheOption.Create();
        var sampling = new SamplingOptions();
        return Verb.Create("generate", "Continue a text.",
            "geobuk generate samples/ax-pico --prompt \"제1조 (목적) 이 규정은\" --max-tokens 40", [model, prompt, file, speculation, cache, .. sampling.Symbols], (arguments, output, cancellation) =>
            {
                using var loaded = InferenceModel.Load(
                    ModelPath.Resolve(arguments.GetRequiredValue(model)), new InferenceOptions { KeyValueType = CacheOption.Read(arguments.GetRequiredValue(cache)) });
                using var engine = new Engine(loaded);
                var text = TextOption.Read(arguments.GetValue(prompt), arguments.GetValue(file));
                var options = Speculation(arguments.GetRequiredValue(speculation), loaded);
                Generate(engine, loaded.Tokenizer.Encode(text, addSpecialTokens: true), sampling.Read(arguments), options, output, cancellation);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static GenerationOptions Speculation(string value, InferenceModel model) => value switch
    {
        "off" => new GenerationOptions(),
        "lookup" => new GenerationOptions { Lookup = true },
        _ when value.StartsWith("corpus:", StringComparison.Ordinal) && value.Length > "corpus:".Length =>
            new GenerationOptions { Lookup = true, Corpus = CorpusIndex.Load(value["corpus:".Length..], model.Tokenizer) },
        _ => throw new UserInputException($"--spec is {value}; expected off, lookup or corpus:FILE. lookup suits answers that quote the prompt."),
    };

    private static void Generate(
        Engine engine, int[] prompt, Inference.Sampling.SamplingParameters parameters, GenerationOptions options, Terminal.Output output, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var tokens = new List<GeneratedToken>();
        using var generation = engine.Start(prompt, parameters, options);
        foreach (var token in generation.Read(cancellation))
        {
            tokens.Add(token);
            if (!output.Json) Console.Out.Write(token.Text);
        }
        output.Result(new
        {
            Text = string.Concat(tokens.Select(token => token.Text)),
            Ids = tokens.Select(token => token.Id).ToList(),
            Finish = tokens.Count > 0 ? tokens[^1].Finish : null,
            PromptTokens = prompt.Length,
            PrefillTps = tokens.Count > 0 ? prompt.Length / Stopwatch.GetElapsedTime(started, tokens[0].Timestamp).TotalSeconds : (double?)null,
            DecodeTps = tokens.Count > 1 ? (tokens.Count - 1) / Stopwatch.GetElapsedTime(tokens[0].Timestamp, tokens[^1].Timestamp).TotalSeconds : (double?)null,
            generation.Drafted,
            generation.Accepted,
        }, console => console.WriteLine());
    }
}
