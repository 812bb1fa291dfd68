using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Compression.Conversion;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Surgery;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;

namespace Geobuk.Compression.Packing;

/// <summary>
/// Writes a Hugging Face folder in the form "pack-quantized" of compressed-tensors, which vLLM and transformers open: the plan of a
/// GGUF file in packed codes, see <see cref="PackedMatrix"/>. Matrix by matrix: memory is that of the largest one's codes.
/// </summary>
public sealed class PackedExporter
{
    private const int PieceRows = 256;

    private static readonly JsonSerializerOptions s_form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_companions =
        ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt"];

    private readonly ModelCheckpoint _checkpoint;
    private readonly CompressionOptions _options;
    private readonly PackingPlan _plan;
    private readonly Dictionary<string, (string Name, int Slice, int Slices)> _statistics = [];
    private readonly Dictionary<string, CompressedTensor> _written = [];
    private readonly IProgress<StepReport>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly long _total;
    private long _done;

    private PackedExporter(ModelCheckpoint checkpoint, ModelConfig target, TypePlan types, CompressionOptions options, IProgress<StepReport>? progress, CancellationToken cancellation)
    {
        (_checkpoint, _options, _progress, _cancellation) = (checkpoint, options, progress, cancellation);
        _plan = new PackingPlan(target, types);
        _total = ModelLayout.Of(target).Tensors.Sum(spec => spec.Elements);
        foreach (var spec in ModelLayout.Of(target).Gguf.Where(spec => !spec.StaysSingle))
            for (var i = 0; i < spec.Sources.Count; i++)
                if (spec.Shape.Count == 2 || spec.IsVerbatim) _statistics[spec.Sources[i]] = (spec.Name, i, spec.Sources.Count);
    }

    /// <summary>Writes the folder; config.json comes last, so that a folder without it is not taken for a whole one.</summary>
    /// <param name="modelFolder">A Hugging Face folder.</param>
    /// <param name="options">Plan or preset, padding, importance; the fits inside super-blocks have no place here.</param>
    /// <param name="folder">Is created where absent.</param>
    /// <param name="progress">Weights done.</param>
    /// <param name="shardBytes">Most bytes of a file.</param>
    /// <param name="cancellationToken">Leaves no file that looks whole.</param>
    /// <exception cref="UserInputException">The model is broken, unsupported or not finite.</exception>
    public static CompressResult Write(string modelFolder, CompressionOptions options, string folder, IProgress<StepReport>? progress = null,
        long shardBytes = CheckpointWriter.DefaultShardBytes, CancellationToken cancellationToken = default)
    {
        var clock = Stopwatch.StartNew();
        using var checkpoint = ModelCheckpoint.Open(modelFolder);
        var types = options.Plan ?? TypePlan.Of(options.Preset, checkpoint.Config, options.Surgery, options.Importance is not null);
        var target = FeedForwardPadding.Pad(checkpoint.Config, options.Surgery ? types.Padding : 1);
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(modelFolder)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
            throw new UserInputException($"{folder}: is the model itself; expected another folder to write to. Name a new one.");
        var exporter = new PackedExporter(checkpoint, target, types, options, progress, cancellationToken);
        if (exporter._plan.Widths.Count == 0)
            throw new UserInputException($"{types.Name}: leaves every matrix plain; expected at least one in a type of scaled codes. Take a preset such as q4_k_m, or --format hf for a plain folder.");
        var isNew = !Directory.Exists(folder);
        Directory.CreateDirectory(folder);
        var config = Path.Combine(folder, "config.json");
        File.Delete(config);
        try
        {
            CheckpointWriter.Write(folder, [.. ModelLayout.Of(checkpoint.Config).Tensors.Zip(ModelLayout.Of(target).Tensors).SelectMany(pair => exporter.Parts(pair.First, pair.Second))], shardBytes);
        }
        catch when (isNew)
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
        foreach (var name in s_companions.Where(name => File.Exists(Path.Combine(modelFolder, name)))) File.Copy(Path.Combine(modelFolder, name), Path.Combine(folder, name), overwrite: true);
        AtomicFile.WriteText(config, exporter.ConfigJson(target));
        using var written = Checkpoint.Open(folder);
        var tensors = exporter._written.Values.ToList();
        var parameters = checkpoint.Tensors.Sum(spec => spec.Elements);
        return new CompressResult(types.Name, written.FileBytes, parameters, 8.0 * tensors.Sum(tensor => tensor.Bytes) / parameters, clock.Elapsed.TotalSeconds, FeedForwardPadding.Describe(checkpoint.Config, target), tensors)
            .Describe(checkpoint, options, types);
    }

    private TensorDataType ScaleType => _checkpoint.DataType("model.norm.weight") == TensorDataType.F16 ? TensorDataType.F16 : TensorDataType.BF16;

    private IEnumerable<TensorToWrite> Parts(TensorSpec source, TensorSpec target)
    {
        if (_plan.BitsOf(target.Name) is not { } bits) return [PlainPart(source, target)];
        // The scales come right after their codes, which are made together.
        byte[]? scales = null;
        var (rows, columns) = (target.Shape[0], target.Shape[1]);
        return
        [
            TensorToWrite.OfStored(target.Name + PackedMatrix.CodesSuffix, TensorDataType.I32, [rows, PackedMatrix.WordsPerRow(columns, bits)], stream =>
            {
                (var codes, scales) = Encode(source, target, bits);
                stream.Write(codes);
            }),
            TensorToWrite.OfStored(target.Name + PackedMatrix.ScaleSuffix, ScaleType, [rows, columns / PackingPlan.GroupSize], stream => stream.Write(scales)),
            TensorToWrite.OfStored(target.Name + PackedMatrix.ShapeSuffix, TensorDataType.I64, [2], stream =>
            {
                Span<byte> shape = stackalloc byte[16];
                BinaryPrimitives.WriteInt64LittleEndian(shape, rows);
                BinaryPrimitives.WriteInt64LittleEndian(shape[8..], columns);
                stream.Write(shape);
            }),
        ];
    }

    private TensorToWrite PlainPart(TensorSpec source, TensorSpec target)
    {
        var stored = _checkpoint.IsPlain(source.Name) ? _checkpoint.DataType(source.Name) : ScaleType;
        return TensorToWrite.OfStored(target.Name, stored, target.Shape, stream =>
        {
            var (rows, columns) = target.Shape.Count == 2 ? (target.Shape[0], target.Shape[1]) : (1, target.Elements);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var (values, bytes, back) = (new float[columns], new byte[columns * stored.Size()], new float[columns]);
            var tally = new TensorTally(rows);
            for (var row = 0L; row < rows; row++)
            {
                _cancellation.ThrowIfCancellationRequested();
                ReadRow(source, target, row, values);
                stored.FromSingle(values, bytes);
                stored.ToSingle(bytes, back);
                tally.Add(values, back, 1);
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
            Finish(source, target, stored.ToString(), rows * bytes.Length, tally, Convert.ToHexStringLower(hash.GetHashAndReset()));
        });
    }

    private (byte[] Codes, byte[] Scales) Encode(TensorSpec source, TensorSpec target, int bits)
    {
        var (rows, columns) = (target.Shape[0], (int)target.Shape[1]);
        var (rowBytes, scaleBytes) = ((int)PackedMatrix.WordsPerRow(columns, bits) * sizeof(uint), columns / PackingPlan.GroupSize * ScaleType.Size());
        var (codes, scales) = (new byte[rows * rowBytes], new byte[rows * scaleBytes]);
        var importance = _statistics.TryGetValue(target.Name, out var place) ? _options.Importance?.Of(place.Name, place.Slice, place.Slices, columns) : null;
        var tally = new TensorTally(rows);
        Parallelism.ForEach(Enumerable.Range(0, (int)((rows + PieceRows - 1) / PieceRows)), piece =>
        {
            var (values, decoded) = (new float[columns], new float[columns]);
            for (var row = (long)piece * PieceRows; row < Math.Min(rows, (piece + 1L) * PieceRows); row++)
            {
                ReadRow(source, target, row, values);
                var rowCodes = codes.AsSpan((int)(row * rowBytes), rowBytes);
                var rowScales = scales.AsSpan((int)(row * scaleBytes), scaleBytes);
                PackedMatrix.Encode(values, importance, bits, PackingPlan.GroupSize, ScaleType, rowCodes, rowScales);
                PackedMatrix.Decode(rowCodes, bits, PackingPlan.GroupSize, ScaleType, rowScales, decoded);
                tally.Add(values, decoded, 1);
            }
        }, _cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(codes);
        hash.AppendData(scales);
        Finish(source, target, $"INT{bits}", codes.Length + scales.Length, tally, Convert.ToHexStringLower(hash.GetHashAndReset()));
        return (codes, scales);
    }

    private void ReadRow(TensorSpec source, TensorSpec target, long row, Span<float> values)
    {
        var columns = source.Shape.Count == 2 ? source.Shape[1] : source.Elements;
        var rows = source.Shape.Count == 2 ? source.Shape[0] : 1;
        values.Clear();
        if (row < rows) TensorEncoder.ReadFinite(_checkpoint, new RowSource(source.Name, row * columns, 1), values[..(int)columns]);
    }

    private void Finish(TensorSpec source, TensorSpec target, string type, long bytes, TensorTally tally, string digest)
    {
        _written[target.Name] = new CompressedTensor(target.Name, type, bytes, _plan.ReasonOf(target.Name), tally.RelativeError, digest);
        _checkpoint.Release();
        _progress?.Report(new StepReport("packing", _done += target.Elements, _total, "weights"));
    }

    /// <summary>The original's config.json with the widths that were padded, and what the layers are packed as.</summary>
    private string ConfigJson(ModelConfig target)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(_checkpoint.Folder, "config.json")))!.AsObject();
        json["intermediate_size"] = target.IntermediateSize;
        if (target.Mixture is { } mixture) json["moe_intermediate_size"] = mixture.IntermediateSize;
        json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = ScaleType == TensorDataType.F16 ? "float16" : "bfloat16";
        var groups = new JsonObject();
        foreach (var bits in _plan.Widths)
        {
            groups[$"group_{groups.Count}"] = new JsonObject
            {
                ["targets"] = groups.Count == 0 ? new JsonArray("Linear") : new JsonArray([.. _plan.Targets(bits).Select(pattern => (JsonNode)pattern)]),
                ["weights"] = new JsonObject
                {
                    ["num_bits"] = bits,
                    ["type"] = "int",
                    ["symmetric"] = true,
                    ["strategy"] = "group",
                    ["group_size"] = PackingPlan.GroupSize,
                    ["actorder"] = null,
                    ["dynamic"] = false,
                },
                ["input_activations"] = null,
                ["output_activations"] = null,
            };
        }
        json["quantization_config"] = new JsonObject
        {
            ["quant_method"] = "compressed-tensors",
            ["format"] = "pack-quantized",
            ["quantization_status"] = "compressed",
            ["config_groups"] = groups,
            ["ignore"] = new JsonArray([.. _plan.Ignored.Select(pattern => (JsonNode)pattern)]),
            ["kv_cache_scheme"] = null,
        };
        return json.ToJsonString(s_form) + "\n";
    }
}
