using System.Diagnostics;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Conversion;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Surgery;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Compression;

/// <summary>A Hugging Face folder to one GGUF file, in pieces of some megabytes on every core; memory does not grow with the model.</summary>
public static class ModelCompressor
{
    private const long PieceElements = 1 << 18;

    /// <summary>Writes the file of a preset.</summary>
    /// <inheritdoc cref="Write(string, CompressionOptions, string, IProgress{StepReport}, CancellationToken)"/>
    public static CompressResult Write(string modelFolder, CompressionPreset preset, string path, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default) =>
        Write(modelFolder, new CompressionOptions { Preset = preset }, path, progress, cancellationToken);

    /// <summary>
    /// Writes the file; it appears under its name only when it is whole. After a kill or a cancellation the same call goes on after
    /// the tensors that were finished (<see cref="CompressionJournal"/>).
    /// </summary>
    /// <param name="modelFolder">config.json, *.safetensors, and tokenizer.json where the model has one.</param>
    /// <param name="options">What to make of it.</param>
    /// <param name="path">The file to write; replaced if it is there.</param>
    /// <param name="progress">Weights done.</param>
    /// <param name="cancellationToken">Leaves what is finished for the next call.</param>
    /// <exception cref="UserInputException">The model is broken, unsupported or not finite, or the place cannot hold the file.</exception>
    public static CompressResult Write(string modelFolder, CompressionOptions options, string path, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        var config = ModelConfig.Load(modelFolder);
        var tokenizer = ReadTokenizer(modelFolder, config);
        using var checkpoint = ModelCheckpoint.Open(modelFolder);
        var types = options.TypesFor(config);
        var target = options.TargetFor(config);
        var plan = TensorPlan.Of(config, target, types);
        var metadata = ModelMetadata.Of(target, tokenizer, types, options.Importance, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelFolder))), TextPooling.Read(modelFolder));
        using var journal = CompressionJournal.Open(path, modelFolder, types, options);
        try
        {
            using var writer = GgufWriter.Create(path, metadata, [.. plan.Select(tensor => tensor.Target)], journal.Partial);
            var encoder = new TensorEncoder(checkpoint, writer, journal, options, plan);
            var finished = encoder.Adopt();
            EncodeAll(plan, encoder, finished, progress, cancellationToken);
            writer.Complete();
            journal.Discard();
            return Summarize(types, plan, encoder, writer.FileBytes, clock.Elapsed, FeedForwardPadding.Describe(config, target)).Describe(checkpoint, options, types) with { Resumed = finished.Count };
        }
        catch (Exception e)
        {
            if (e is not OperationCanceledException || !journal.HasProgress) journal.Discard();
            throw;
        }
    }

    /// <summary>Bytes of the tensors of the file that <see cref="Write(string, CompressionOptions, string, IProgress{StepReport}, CancellationToken)"/> would make, known from the configuration alone.</summary>
    public static long TensorBytes(ModelConfig config, CompressionPreset preset, bool surgery = true, bool hasImportance = false)
    {
        var types = TypePlan.Of(preset, config, surgery, hasImportance);
        return TensorPlan.Of(config, FeedForwardPadding.Pad(config, types.Padding), types).Sum(tensor => tensor.Target.Bytes);
    }

    /// <summary>Bytes of a file that no choice of types changes: vectors and other small tensors, and if wanted the head with the tokenizer.</summary>
    public static long FixedBytes(string modelFolder, ModelConfig config, int padding, ImportanceMatrix? importance, bool countHead)
    {
        var target = FeedForwardPadding.Pad(config, padding);
        var types = new TypePlan("fixed", null, padding, TypePlan.Matrices(target).ToDictionary(spec => spec.Name, _ => GgmlType.F32));
        var plan = TensorPlan.Of(config, target, types);
        var small = plan.Where(tensor => tensor.Spec.StaysSingle).Sum(tensor => tensor.Target.Bytes);
        if (!countHead) return small;
        return small + GgufWriter.HeadBytes(ModelMetadata.Of(target, ReadTokenizer(modelFolder, config), types, importance, "model", TextPooling.Read(modelFolder)), [.. plan.Select(tensor => tensor.Target)]);
    }

    private static Tokenizer? ReadTokenizer(string folder, ModelConfig config)
    {
        if (!File.Exists(Path.Combine(folder, "tokenizer.json"))) return null;
        var tokenizer = Tokenizer.Load(folder);
        tokenizer.ValidateAgainst(config, Path.Combine(folder, "config.json"));
        return tokenizer;
    }

    private static void EncodeAll(IReadOnlyList<PlannedTensor> plan, TensorEncoder encoder, IReadOnlySet<int> finished, IProgress<StepReport>? progress, CancellationToken cancellationToken)
    {
        // What describing the model's tensors left behind grows with their number; given back before the work begins, it adds nothing to its peak.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var total = plan.Sum(tensor => tensor.Target.Elements);
        var done = finished.Sum(index => plan[index].Target.Elements);
        var pieces = Enumerable.Range(0, plan.Count).Where(index => !finished.Contains(index))
            .SelectMany(index => plan[index].Pieces(PieceElements), (index, piece) => (Index: index, piece.First, piece.End));
        Parallelism.ForEach(pieces, piece =>
        {
            encoder.Encode(piece.Index, piece.First, piece.End);
            var now = Interlocked.Add(ref done, plan[piece.Index].Columns * (piece.End - piece.First));
            progress?.Report(new StepReport("compressing", now, total, "weights"));
        }, cancellationToken);
    }

    private static CompressResult Summarize(TypePlan types, IReadOnlyList<PlannedTensor> plan, TensorEncoder encoder, long bytes, TimeSpan elapsed, IReadOnlyList<string> surgery)
    {
        var parameters = plan.Where(tensor => tensor.Spec.Values is null).Sum(tensor => tensor.Spec.Elements);
        var tensors = plan.Select((tensor, index) => new CompressedTensor(
            tensor.Target.Name, tensor.Target.Type.ToString(), tensor.Target.Bytes, tensor.Fallback, encoder.Error(index), encoder.Digest(index))).ToList();
        return new CompressResult(types.Name, bytes, parameters, 8.0 * tensors.Sum(tensor => tensor.Bytes) / parameters, elapsed.TotalSeconds, surgery, tensors);
    }
}
