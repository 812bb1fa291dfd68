using System.CommandLine;
using System.Diagnostics;
using Geobuk.Compression;
using Geobuk.Compression.Quantization;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compress</c>: a smaller model.</summary>
internal static class CompressCommand
{
    public static Command Create()
    {
        var model = ModelPath.Argument();
        var target = new Option<string>("--out") { Description = "The GGUF file to write.", HelpName = "PATH", Required = true };
        var preset = new Option<string>("--preset") { Description = $"One of {string.Join(", ", CompressionPreset.Names)}.", DefaultValueFactory = _ => "q4_k_m" };
        return Verb.Create("compress", "Write a model as a GGUF file of the wanted precision.",
            "geobuk compress samples/ax-pico --out ax-pico.gguf --preset q4_k_m", [model, target, preset], (arguments, output, cancellation) =>
            {
                var wanted = CompressionPreset.Find(arguments.GetRequiredValue(preset));
                var folder = ModelPath.ResolveFolder(arguments.GetRequiredValue(model), "Compression starts from the weights as they were trained.");
                var path = arguments.GetRequiredValue(target);
                if (Path.GetDirectoryName(path) is { Length: > 0 } parent) Directory.CreateDirectory(parent);
                CompressResult result;
                using (var display = output.Progress()) result = ModelCompressor.Write(folder, wanted, path, display.Of("compress"), cancellation);
                using var self = Process.GetCurrentProcess();
                output.Result(new { File = path, result.Preset, result.Bytes, result.BitsPerWeight, result.Seconds, PeakRssBytes = self.PeakWorkingSet64, result.Tensors }, console =>
                {
                    console.WriteLine($"{path}: {result.Bytes:N0} bytes, {result.BitsPerWeight:f2} bits per weight, {result.Seconds:f1} s");
                    foreach (var tensor in result.Tensors.Where(tensor => tensor.Fallback is not null)) console.WriteLine($"  {tensor.Name} is {tensor.Type}: {tensor.Fallback}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }
}
