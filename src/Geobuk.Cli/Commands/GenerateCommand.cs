using System.CommandLine;
using System.Diagnostics;
using Geobuk.Inference;
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
        var speculation = new Option<string>("--spec") { Description = "Speculation; only off so far.", DefaultValueFactory = _ => "off" };
        var sampling = new SamplingOptions();
        return Verb.Create("generate", "Continue a text.",
            "geobuk generate samples/ax-pico --prompt \"제1조 (목적) 이 규정은\" --max-tokens 40", [model, prompt, file, speculation, .. sampling.Symbols], (arguments, output, cancellation) =>
            {
                if (arguments.GetRequiredValue(speculation) != "off")
                    throw new UserInputException($"--spec is {arguments.GetValue(speculation)}; expected off. Speculation is not there yet.");
                using var loaded = InferenceModel.Load(ModelPath.Resolve(arguments.GetRequiredValue(model)));
                using var engine = new Engine(loaded);
                var text = TextOption.Read(arguments.GetValue(prompt), arguments.GetValue(file));
                Generate(engine, loaded.Tokenizer.Encode(text, addSpecialTokens: true), sampling.Read(arguments), output, cancellation);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void Generate(Engine engine, int[] prompt, Inference.Sampling.SamplingParameters parameters, Terminal.Output output, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var first = TimeSpan.Zero;
        var tokens = new List<GeneratedToken>();
        foreach (var token in engine.Generate(prompt, parameters, cancellation))
        {
            if (tokens.Count == 0) first = clock.Elapsed;
            tokens.Add(token);
            if (!output.Json) Console.Out.Write(token.Text);
        }
        var decode = (clock.Elapsed - first).TotalSeconds;
        output.Result(new
        {
            Text = string.Concat(tokens.Select(token => token.Text)),
            Ids = tokens.Select(token => token.Id).ToList(),
            Finish = tokens.Count > 0 ? tokens[^1].Finish : null,
            PromptTokens = prompt.Length,
            PrefillTps = prompt.Length / first.TotalSeconds,
            DecodeTps = tokens.Count > 1 ? (tokens.Count - 1) / decode : (double?)null,
            Accepted = 0,
        }, console => console.WriteLine());
    }
}
