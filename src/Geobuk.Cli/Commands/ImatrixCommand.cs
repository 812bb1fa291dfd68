using System.CommandLine;
using System.Diagnostics;
using Geobuk.Cli.Runs;
using Geobuk.Compression.Calibration;
using Geobuk.Inference;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk imatrix</c>: how much each input of each matrix matters.</summary>
internal static class ImatrixCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var text = new Option<string>("--text") { Description = "Text of the kind that the model will work on: a text file, a .jsonl of documents, or a folder of them.", HelpName = "FILE", Required = true };
        var target = new Option<string>("--out") { Description = "The importance matrix to write, in llama.cpp's GGUF format.", HelpName = "FILE", Required = true };
        var limit = new Option<long?>("--limit") { Description = "Tokens at most, spread over the text.", HelpName = "N" };
        return Verb.Create("imatrix", "Gather an importance matrix: the mean square of every input of every matrix on a text.",
            "geobuk imatrix samples/ax-pico --text samples/general/replay.jsonl --out ax-pico.imatrix.gguf", [model, text, target, limit], (arguments, output, cancellation) =>
            {
                var clock = Stopwatch.StartNew();
                var (source, path) = (ModelPath.Resolve(arguments.GetRequiredValue(model)), arguments.GetRequiredValue(target));
                using var loaded = InferenceModel.Load(source);
                var read = CalibrationText.Read(arguments.GetRequiredValue(text), loaded.Tokenizer, Math.Min(loaded.ContextLength, ImportanceGathering.SequenceLength), arguments.GetValue(limit));
                foreach (var warning in read.Warnings) output.Remark("warning: " + warning);
                ImportanceMatrix matrix;
                using (var display = output.Progress()) matrix = ImportanceGathering.Run(source, loaded, read, display.Of("imatrix"), cancellation);
                if (Path.GetDirectoryName(path) is { Length: > 0 } parent) Directory.CreateDirectory(parent);
                matrix.Save(path);
                var idle = matrix.Entries.Where(entry => entry.Value.Counts.Contains(0)).ToDictionary(entry => entry.Key, entry => entry.Value.Counts.Count(count => count == 0));
                output.Result(new { File = path, read.Tokens, Seconds = clock.Elapsed.TotalSeconds, PeakRssBytes = Machine.PeakResidentBytes(), Matrices = matrix.Entries.Count, Unused = idle, read.Warnings }, console =>
                {
                    console.WriteLine($"{path}: {matrix.Entries.Count} matrices, {read.Tokens:N0} tokens, {clock.Elapsed.TotalSeconds:f1} s");
                    foreach (var (name, count) in idle) console.WriteLine($"  {name}: {count} of its matrices were never used on this text");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }
}
