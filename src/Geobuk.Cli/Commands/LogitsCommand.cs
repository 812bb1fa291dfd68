using System.CommandLine;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Training.Modules;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk logits</c>: logits of whole sequences, through any of the three implementations.</summary>
internal static class LogitsCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var ids = TokenIds.Option();
        var target = new Option<string?>("--out") { Description = "Write a safetensors file with tensor logits, F32 [T, V]; of several sequences logits.0, logits.1 and so on.", HelpName = "F.safetensors" };
        var engine = new Option<string>("--engine") { Description = "torch: the training modules; cpu: the serving engine; reference: the readable scalar twin.", DefaultValueFactory = _ => "cpu" };
        engine.AcceptOnlyFromAmong("torch", "cpu", "reference");
        return Verb.Create("logits", "Compute the logits of token sequences at every position.",
            "geobuk logits samples/ax-pico --ids 5,6,7 --engine torch --json", [model, ids, target, engine], (arguments, output, _) =>
            {
                var sequences = TokenIds.Parse(arguments.GetRequiredValue(ids));
                var logits = Compute(arguments.GetRequiredValue(model), sequences, arguments.GetRequiredValue(engine));
                var vocabulary = logits[0].Length / sequences[0].Length;
                if (arguments.GetValue(target) is { } path) WriteFile(path, sequences, logits, vocabulary, output);
                else Show(arguments.GetRequiredValue(model), sequences, logits, vocabulary, output);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static IReadOnlyList<float[]> Compute(string model, IReadOnlyList<int[]> sequences, string engine)
    {
        if (engine == "torch") return TorchLogits.Compute(ModelPath.ResolveFolder(model, "Use --engine cpu or reference for GGUF files."), sequences);
        var path = ModelPath.Resolve(model);
        if (engine == "reference")
        {
            using var reference = ReferenceModel.Load(path);
            return [.. sequences.Select(ids => reference.Logits(ids).SelectMany(row => row).ToArray())];
        }
        using var loaded = InferenceModel.Load(path);
        using var computing = new Engine(loaded);
        return [.. sequences.Select(ids => Compute(computing, ids))];
    }

    private static float[] Compute(Engine engine, int[] ids)
    {
        var vocabulary = engine.Model.Config.VocabularySize;
        var values = new float[checked(ids.Length * vocabulary)];
        engine.Logits(ids, (position, logits) => logits.CopyTo(values.AsSpan(position * vocabulary)));
        return values;
    }

    private static void WriteFile(string path, IReadOnlyList<int[]> sequences, IReadOnlyList<float[]> logits, int vocabulary, Terminal.Output output)
    {
        var tensors = logits.Select((values, i) => new TensorToWrite(
            logits.Count == 1 ? "logits" : $"logits.{i}", TensorDataType.F32, [sequences[i].Length, vocabulary], () => values));
        SafetensorsWriter.Write(path, [.. tensors]);
        var shapes = sequences.Select(ids => new[] { ids.Length, vocabulary }).ToList();
        output.Result(new { File = path, Shape = shapes[0], Shapes = shapes }, console => console.WriteLine(path));
    }

    private static void Show(string model, IReadOnlyList<int[]> sequences, IReadOnlyList<float[]> logits, int vocabulary, Terminal.Output output)
    {
        for (var i = 0; i < logits.Count; i++) RequireNumbers(model, i, logits[i], vocabulary);
        var result = sequences.Select((ids, i) => new { Ids = ids, Logits = logits[i].Chunk(vocabulary).ToList() }).ToList();
        output.Result(new { Shape = new[] { sequences[0].Length, vocabulary }, Sequences = result }, console =>
        {
            foreach (var sequence in result)
                for (var i = 0; i < sequence.Ids.Length; i++)
                    console.WriteLine($"{i,4} id {sequence.Ids[i],6}  next {Best(sequence.Logits[i])}  logit {sequence.Logits[i].Max():f4}");
        });
    }

    // JSON has no word for them, and the largest of them says nothing.
    private static void RequireNumbers(string model, int sequence, float[] logits, int vocabulary)
    {
        var at = Array.FindIndex(logits, value => !float.IsFinite(value));
        if (at < 0) return;
        var value = float.IsNaN(logits[at]) ? "not a number" : "infinite";
        throw new UserInputException($"{model}: the logit of token {at % vocabulary} at position {at / vocabulary} of sequence {sequence} is {value}; expected finite numbers. The weights are broken or too large for fp32: fetch or make the model again, or write the logits as they are with --out.");
    }

    private static int Best(float[] row) => Array.IndexOf(row, row.Max());
}
