using System.CommandLine;
using System.Diagnostics;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Geobuk.Compression;
using Geobuk.Compression.Export;
using Geobuk.Compression.Packing;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Tuning;
using Geobuk.Corpus.Cards;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes.Reading;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compress</c>: a smaller model.</summary>
internal static class CompressCommand
{
    private static readonly Dictionary<string, TensorDataType> s_folderTypes = new()
    {
        ["f32"] = TensorDataType.F32, ["f16"] = TensorDataType.F16, ["bf16"] = TensorDataType.BF16, ["fp8"] = TensorDataType.F8_E4M3,
    };

    private const string Packed = "compressed-tensors";

    public static Command Create()
    {
        var model = ModelPath.Argument();
        var target = new Option<string>("--out") { Description = "The GGUF file, or with the other formats the folder, to write.", HelpName = "PATH", Required = true };
        var preset = new Option<string?>("--preset") { Description = $"GGUF: one of {string.Join(", ", CompressionPreset.Names)}; q4_k_m if not given. Folder: {string.Join(", ", s_folderTypes.Keys)}; the model's own if not given." };
        var plan = new Option<string?>("--plan") { Description = "The type of every matrix from a file: one that was written beside a model, edited or not.", HelpName = "FILE" };
        var format = new Option<string>("--format") { Description = "gguf: one file. hf: a Hugging Face folder, also out of a GGUF file. compressed-tensors: a folder of packed codes for vLLM, 4 bits where the types have up to 4.5, else 8.", DefaultValueFactory = _ => "gguf" };
        format.AcceptOnlyFromAmong("gguf", "hf", Packed);
        var bits = new Option<double?>("--bits") { Description = "Bits per weight instead of a mix: the types are chosen by what they do on --calibration text.", HelpName = "N" };
        var size = new Option<string?>("--size") { Description = "Size of the file instead of a mix, such as 4.2GB.", HelpName = "SIZE" };
        var effects = new Option<string?>("--effects") { Description = "Where the measurements for --bits and --size are kept: read if it is there, else written.", HelpName = "FILE" };
        var joint = new Option<bool>("--joint-search") { Description = "Search scales, minima and codes of each super-block jointly." };
        var feedback = new Option<bool>("--error-feedback") { Description = "Let later columns make good what rounding a column costs on --calibration text." };
        var tuning = new Option<int?>("--tune-factors") { Description = "Last, have the factors of all blocks and the norms learn from the model's own answers on --calibration text, in so many steps of 2,048 tokens; the size stays.", HelpName = "STEPS" };
        var calibration = new Option<string?>("--calibration") { Description = "Text of the kind that the model will work on; what matters for it is kept best.", HelpName = "FILE" };
        var imatrix = new Option<string?>("--imatrix") { Description = "An importance matrix from geobuk imatrix or llama.cpp.", HelpName = "FILE" };
        var plain = new Option<bool>("--no-surgery") { Description = "Leave the shapes as they are: rows that no block divides get another type, which is said." };
        var pruning = new PruningOptions();
        return Verb.Create("compress", "Write a model in another precision: as a GGUF file, or as a Hugging Face folder, plain or packed for vLLM.",
            "geobuk compress samples/ax-pico --out ax-pico.gguf --preset q4_k_m", [model, target, preset, bits, size, plan, format, calibration, imatrix, effects, joint, feedback, tuning, plain, .. pruning.Symbols], (arguments, output, cancellation) =>
            {
                var (source, path, wanted) = (arguments.GetRequiredValue(model), arguments.GetRequiredValue(target), arguments.GetValue(preset));
                var card = ModelPath.CardOf(source);
                var scratch = Path.TrimEndingDirectorySeparator(path) + ".pruned";
                try
                {
                    if (pruning.Apply(arguments, ModelPath.Resolve(source), arguments.GetValue(calibration), scratch, output, cancellation) is { } pruned) source = pruned;
                    if (arguments.GetRequiredValue(format) == "hf") WriteFolder(ModelPath.Resolve(source), path, wanted, output, cancellation);
                    else
                    {
                        var request = new CompressionRequest(source, wanted, arguments.GetValue(plan), arguments.GetValue(calibration), arguments.GetValue(imatrix), !arguments.GetValue(plain))
                        {
                            Bits = arguments.GetValue(bits),
                            Size = arguments.GetValue(size),
                            Effects = arguments.GetValue(effects),
                            JointSearch = arguments.GetValue(joint),
                            ErrorFeedback = arguments.GetValue(feedback),
                            TuningSteps = arguments.GetValue(tuning),
                        };
                        WriteFile(request, path, arguments.GetRequiredValue(format) == Packed, output, cancellation);
                    }
                    ModelCard.Carry([card], path);
                }
                finally
                {
                    if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
                }
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void WriteFile(CompressionRequest request, string path, bool packs, Output output, CancellationToken cancellation)
    {
        if (packs && request.InsideBlocks is { } inside)
            throw new UserInputException($"{inside}: works inside the super-blocks of GGUF; expected no such switch with --format {Packed}. Leave it out: the scales are fitted with --imatrix or --calibration.");
        var made = MakeParent(path);
        CompressResult result;
        try
        {
            using var display = output.Progress();
            var progress = display.Of("compress");
            var options = request.Resolve(path, output, progress, cancellation);
            result = packs ? PackedExporter.Write(request.Folder, options, path, progress, cancellationToken: cancellation)
                : request.TuningSteps is { } steps ? FactorTuning.Write(request.Folder, options, request.TuningText(), steps, path, progress, cancellation)
                : ModelCompressor.Write(request.Folder, options, path, progress, cancellation);
        }
        catch (Exception e)
        {
            // After a cancellation what is finished stays, for the same command to go on from.
            if (made is not null && (e is not OperationCanceledException || Directory.GetFiles(made, "*", SearchOption.AllDirectories).Length == 0)) Directory.Delete(made, recursive: true);
            throw;
        }
        var card = packs ? Path.Combine(path, "card.json") : Path.ChangeExtension(path, ".card.json");
        AtomicFile.WriteText(card, result.ToJson() + "\n");
        output.Result(new { File = path, Card = card, result.Preset, result.Bytes, result.BitsPerWeight, result.Seconds, PeakRssBytes = Machine.PeakResidentBytes(), result.Surgery, result.Resumed, result.Tuning, result.Tensors }, console =>
        {
            console.WriteLine($"{path}: {result.Bytes:N0} bytes, {result.BitsPerWeight:f2} bits per weight, {result.Seconds:f1} s");
            if (result.Resumed > 0) console.WriteLine($"  {result.Resumed} tensors were finished before an interruption");
            if (result.Tuning is { } tuned)
                console.WriteLine($"  factors tuned in {tuned.Steps} steps: KL divergence {tuned.Before:g3} to {tuned.After:g3} on {tuned.HeldOutTokens:N0} tokens kept apart{(tuned.Kept ? "" : "; not kept")}");
            foreach (var change in result.Surgery) console.WriteLine($"  {change}");
            foreach (var tensor in result.Tensors.Where(tensor => tensor.Fallback is not null)) console.WriteLine($"  {tensor.Name} is {tensor.Type}: {tensor.Fallback}");
        });
        var fallen = result.Tensors.Where(tensor => tensor.Fallback is not null).ToList();
        if (fallen.Count > 0) output.Remark($"warning: {fallen.Count} matrices are not of the type that {result.Preset} means for them, first {fallen[0].Name}: {fallen[0].Fallback}.");
    }

    /// <summary>Makes the folder that the file goes to; returns the topmost folder that was not there before.</summary>
    private static string? MakeParent(string path)
    {
        string? made = null;
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder)) made = folder;
        if (made is not null) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return made;
    }

    private static void WriteFolder(string model, string path, string? preset, Output output, CancellationToken cancellation)
    {
        TensorDataType? type = preset is null ? null : s_folderTypes.TryGetValue(preset.ToLowerInvariant(), out var found) ? found
            : throw new UserInputException($"--preset: is {preset}; expected one of {string.Join(", ", s_folderTypes.Keys)} for a folder. {(NearestWord.Find(preset, s_folderTypes.Keys) is { } nearest ? $"Did you mean {nearest}?" : "Leave it out to keep the model's own precision.")}");
        var clock = Stopwatch.StartNew();
        using (var display = output.Progress()) CheckpointExporter.Write(model, path, type, display.Of("export"), cancellationToken: cancellation);
        using var checkpoint = Checkpoint.Open(path);
        var tensors = checkpoint.Tensors.Values.Select(tensor => new { tensor.Name, Type = tensor.DataType.ToString(), tensor.Bytes }).ToList();
        var bits = 8.0 * checkpoint.Tensors.Values.Sum(tensor => tensor.Bytes) / checkpoint.ParameterCount;
        output.Result(new { File = path, Preset = preset, Bytes = checkpoint.FileBytes, BitsPerWeight = bits, Seconds = clock.Elapsed.TotalSeconds, PeakRssBytes = Machine.PeakResidentBytes(), Tensors = tensors },
            console => console.WriteLine($"{path}: {checkpoint.FileBytes:N0} bytes, {bits:f2} bits per weight, {clock.Elapsed.TotalSeconds:f1} s"));
    }
}
