using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Geobuk.Compression.Conversion;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Compression;

/// <summary>A Hugging Face folder to one GGUF file, in pieces of some megabytes on every core; memory does not grow with the model.</summary>
public static class ModelCompressor
{
    private const long PieceElements = 1 << 20;

    /// <summary>Writes the file; it appears under its name only when it is whole.</summary>
    /// <param name="modelFolder">config.json, *.safetensors, and tokenizer.json where the model has one.</param>
    /// <param name="preset">Types of the matrices.</param>
    /// <param name="path">The file to write; replaced if it is there.</param>
    /// <param name="progress">Weights done.</param>
    /// <param name="cancellationToken">Leaves nothing behind.</param>
    /// <exception cref="UserInputException">The model is broken, unsupported or not finite, or the place cannot hold the file.</exception>
    public static CompressResult Write(string modelFolder, CompressionPreset preset, string path, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        var config = ModelConfig.Load(modelFolder);
        var tokenizer = ReadTokenizer(modelFolder, config);
        using var checkpoint = ModelCheckpoint.Open(modelFolder);
        var plan = TensorPlan.Of(config, preset);
        var metadata = ModelMetadata.Of(config, tokenizer, preset, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelFolder))));
        using var writer = GgufWriter.Create(path, metadata, [.. plan.Select(tensor => tensor.Target)]);
        var encoder = new TensorEncoder(checkpoint, writer);
        EncodeAll(plan, encoder, progress, cancellationToken);
        writer.Complete();
        return Summarize(preset, plan, writer.FileBytes, clock.Elapsed);
    }

    /// <summary>Bytes of the tensors of the file that <see cref="Write"/> would make, known from the configuration alone.</summary>
    public static long TensorBytes(ModelConfig config, CompressionPreset preset) => TensorPlan.Of(config, preset).Sum(tensor => tensor.Target.Bytes);

    private static Tokenizer? ReadTokenizer(string folder, ModelConfig config)
    {
        if (!File.Exists(Path.Combine(folder, "tokenizer.json"))) return null;
        var tokenizer = Tokenizer.Load(folder);
        tokenizer.ValidateAgainst(config, Path.Combine(folder, "config.json"));
        return tokenizer;
    }

    private static void EncodeAll(IReadOnlyList<PlannedTensor> plan, TensorEncoder encoder, IProgress<StepReport>? progress, CancellationToken cancellationToken)
    {
        var total = plan.Sum(tensor => tensor.Target.Elements);
        var done = 0L;
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        try
        {
            Parallel.ForEach(Pieces(plan), options, piece =>
            {
                encoder.Encode(piece.Index, plan[piece.Index], piece.First, piece.End);
                var tensor = plan[piece.Index];
                var now = Interlocked.Add(ref done, tensor.Spec.RowLength * (piece.End - piece.First));
                progress?.Report(new StepReport("compressing", now, total, "weights"));
            });
        }
        catch (AggregateException faults)
        {
            // Every thread may have met the same fault; the user needs it once.
            ExceptionDispatchInfo.Throw(faults.InnerExceptions.FirstOrDefault(fault => fault is UserInputException) ?? faults.InnerExceptions[0]);
        }
    }

    private static IEnumerable<(int Index, long First, long End)> Pieces(IReadOnlyList<PlannedTensor> plan)
    {
        for (var index = 0; index < plan.Count; index++)
        {
            var rows = plan[index].Spec.Rows;
            var step = Math.Max(1, PieceElements / plan[index].Spec.RowLength);
            for (var first = 0L; first < rows; first += step) yield return (index, first, Math.Min(rows, first + step));
        }
    }

    private static CompressResult Summarize(CompressionPreset preset, IReadOnlyList<PlannedTensor> plan, long bytes, TimeSpan elapsed)
    {
        var parameters = plan.Where(tensor => tensor.Spec.Values is null).Sum(tensor => tensor.Target.Elements);
        var tensors = plan.Select(tensor => new CompressedTensor(tensor.Target.Name, tensor.Target.Type.ToString(), tensor.Target.Bytes, tensor.Fallback)).ToList();
        return new CompressResult(preset.Name, bytes, parameters, 8.0 * tensors.Sum(tensor => tensor.Bytes) / parameters, elapsed.TotalSeconds, tensors);
    }
}
