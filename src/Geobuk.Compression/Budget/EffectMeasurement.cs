using System.Runtime.InteropServices;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Conversion;
using Geobuk.Compression.Fitting;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Surgery;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Recipes;

namespace Geobuk.Compression.Budget;

/// <summary>
/// Measures <see cref="EffectTable"/>: writes the model in F32 once, then puts each matrix in each type into that file in place,
/// reads the text, compares with the logits of the original, and puts the original values back. Needs the model's size four times
/// on disk, in memory some rows and the logits of the text.
/// </summary>
public static class EffectMeasurement
{
    private const long MostLogits = 1L << 27;
    private const int MostTokens = 2048;
    private const int Padding = 256;
    private const long PieceElements = 1 << 18;

    private static readonly GgmlType[] s_types = [GgmlType.Q2_K, GgmlType.Q3_K, GgmlType.IQ4_XS, GgmlType.Q4_K, GgmlType.Q5_K, GgmlType.Q6_K, GgmlType.Q8_0];

    /// <summary>Bytes of all matrices, each in its smallest type: what no budget goes below, known before anything is measured.</summary>
    public static long LeastBytes(ModelConfig config) => TypePlan.Matrices(FeedForwardPadding.Pad(config, Padding)).Sum(spec =>
        s_types.Append(GgmlType.F16).Select(BlockFormat.Get).Where(format => spec.Shape[^1] % format.BlockSize == 0).Min(format => format.Bytes(spec.Elements)));

    /// <summary>Feed-forward widths are raised to a multiple of this.</summary>
    public static int WidthMultiple => Padding;

    /// <summary>Measures every matrix in every type.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="text">Calibration text; 2,048 tokens of it are read, or fewer where their logits take more than 512 MB.</param>
    /// <param name="options">How matrices are fitted: importance, joint search, error feedback.</param>
    /// <param name="scratch">A folder for the F32 file.</param>
    /// <param name="progress">Measurements done.</param>
    /// <param name="cancellationToken">Stops between measurements.</param>
    public static EffectTable Run(string folder, CalibrationText text, CompressionOptions options, string scratch, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        var config = ModelConfig.Load(folder);
        var padded = FeedForwardPadding.Pad(config, Padding);
        var file = Path.Combine(scratch, ".effects-f32.gguf");
        var plain = new TypePlan("f32", 0, Padding, TypePlan.Matrices(config).ToDictionary(spec => spec.Name, _ => GgmlType.F32));
        ModelCompressor.Write(folder, new CompressionOptions { Plan = plain }, file, cancellationToken: cancellationToken);
        try
        {
            using var checkpoint = ModelCheckpoint.Open(folder);
            using var model = InferenceModel.Load(file);
            using var engine = new Engine(model);
            var sequences = text.Sequences.Take((int)Math.Max(1, Math.Min(MostTokens, MostLogits / config.VocabularySize) / text.Sequences[0].Length)).ToList();
            var original = Logits(engine, sequences, config.VocabularySize);
            var matrices = TensorPlan.Of(config, padded, plain).Where(tensor => !tensor.Spec.StaysSingle).ToList();
            var effects = new Dictionary<string, IReadOnlyList<TypeEffect>>();
            using var probe = new ProbeFile(file);
            foreach (var tensor in matrices)
            {
                var factors = options.Moments?.Factors(tensor.Target.Name, (int)tensor.Columns);
                var measured = new List<TypeEffect>();
                foreach (var type in s_types.Where(type => tensor.Columns % BlockFormat.Get(type).BlockSize == 0))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Put(probe, checkpoint, tensor, (first, values) => Round(tensor, first, values, type, factors, options), cancellationToken);
                    measured.Add(new TypeEffect(type, BlockFormat.Get(type).Bytes(tensor.Target.Elements), Divergence(engine, sequences, original, config.VocabularySize)));
                }
                if (measured.Count == 0) measured.Add(new TypeEffect(GgmlType.F16, 2 * tensor.Target.Elements, 0));
                Put(probe, checkpoint, tensor, (_, _) => { }, cancellationToken);
                checkpoint.Release();
                effects[tensor.Target.Name] = measured;
                progress?.Report(new StepReport("measuring", effects.Count, matrices.Count, "matrices"));
            }
            return new EffectTable(ModelFingerprint.Of(checkpoint), Padding, effects);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Writes a matrix, changed in pieces of rows, in the place of what the file has.</summary>
    private static void Put(ProbeFile probe, ModelCheckpoint checkpoint, PlannedTensor tensor, Action<long, float[]> change, CancellationToken cancellationToken) =>
        Parallelism.ForEach(tensor.Pieces(PieceElements), piece =>
        {
            var values = new float[(piece.End - piece.First) * tensor.Columns];
            TensorEncoder.Read(checkpoint, tensor, piece.First, values);
            change(piece.First, values);
            probe.Put(tensor.Target.Name, piece.First * tensor.Columns, values);
        }, cancellationToken);

    /// <summary>Rows from <paramref name="first"/> on, all of one matrix of a stack, become what a type leaves of them.</summary>
    private static void Round(PlannedTensor tensor, long first, float[] values, GgmlType type, float[]? factors, CompressionOptions options)
    {
        var (format, columns) = (BlockFormat.Get(type), (int)tensor.Columns);
        var fitter = new RowFitter(format, options.Importance?.Of(tensor.Target.Name, tensor.SliceOf(first), tensor.Slices, columns), factors, options.JointSearch);
        var data = new byte[format.Bytes(columns)];
        for (var at = 0; at < values.Length; at += columns)
        {
            fitter.Encode(values.AsSpan(at, columns), data);
            format.Decode(data, values.AsSpan(at, columns));
        }
    }

    private static float[] Logits(Engine engine, List<int[]> sequences, int vocabulary)
    {
        var all = new float[sequences.Sum(sequence => (long)sequence.Length) * vocabulary];
        var start = 0;
        foreach (var sequence in sequences)
        {
            var from = start;
            engine.Logits(sequence, (position, logits) => logits.CopyTo(all.AsSpan((from + position) * vocabulary, vocabulary)));
            start += sequence.Length;
        }
        return all;
    }

    private static double Divergence(Engine engine, List<int[]> sequences, float[] original, int vocabulary)
    {
        var (sum, count, start) = (0.0, 0, 0);
        foreach (var sequence in sequences)
        {
            var from = start;
            engine.Logits(sequence, (position, logits) =>
            {
                sum += KullbackLeibler.Of(original.AsSpan((from + position) * vocabulary, vocabulary), logits);
                count++;
            });
            start += sequence.Length;
        }
        return sum / count;
    }

    /// <summary>The F32 file whose tensors are replaced in place; the engine sees it through its own mapping.</summary>
    private sealed class ProbeFile : IDisposable
    {
        private readonly GgufFile _head;
        private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _handle;

        public ProbeFile(string path) => (_head, _handle) = (GgufFile.Open(path), File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

        public void Put(string name, long element, float[] values) => RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values.AsSpan()), _head.Find(name).Offset + element * sizeof(float));

        public void Dispose()
        {
            _handle.Dispose();
            _head.Dispose();
        }
    }
}
