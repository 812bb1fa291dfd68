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
/// on disk, in memory one matrix and the logits of the text.
/// </summary>
public static class EffectMeasurement
{
    private const long MostLogits = 1L << 27;
    private const int MostTokens = 2048;
    private const int Padding = 256;

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
                var values = new float[tensor.Target.Elements];
                TensorEncoder.Read(checkpoint, tensor, 0, values);
                var factors = options.Moments?.Factors(tensor.Target.Name, (int)tensor.Columns);
                var measured = new List<TypeEffect>();
                foreach (var type in s_types.Where(type => tensor.Columns % BlockFormat.Get(type).BlockSize == 0))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    probe.Put(tensor.Target.Name, Rounded(tensor, values, type, factors, options));
                    measured.Add(new TypeEffect(type, BlockFormat.Get(type).Bytes(tensor.Target.Elements), Divergence(engine, sequences, original, config.VocabularySize)));
                }
                if (measured.Count == 0) measured.Add(new TypeEffect(GgmlType.F16, 2 * tensor.Target.Elements, 0));
                probe.Put(tensor.Target.Name, values);
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

    private static float[] Rounded(PlannedTensor tensor, float[] values, GgmlType type, float[]? factors, CompressionOptions options)
    {
        var format = BlockFormat.Get(type);
        var columns = (int)tensor.Columns;
        var result = new float[values.Length];
        var perSlice = (int)(tensor.Rows / tensor.Slices);
        Parallel.For(0, (int)tensor.Rows, () => (Fitter: (RowFitter?)null, Slice: -1, Data: new byte[format.Bytes(columns)]), (row, _, state) =>
        {
            if (state.Slice != row / perSlice)
                state = (new RowFitter(format, options.Importance?.Of(tensor.Target.Name, row / perSlice, tensor.Slices, columns), factors, options.JointSearch), row / perSlice, state.Data);
            state.Fitter!.Encode(values.AsSpan(row * columns, columns), state.Data);
            format.Decode(state.Data, result.AsSpan(row * columns, columns));
            return state;
        }, _ => { });
        return result;
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

        public void Put(string name, float[] values) => RandomAccess.Write(_handle, MemoryMarshal.AsBytes(values.AsSpan()), _head.Find(name).Offset);

        public void Dispose()
        {
            _handle.Dispose();
            _head.Dispose();
        }
    }
}
