using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Compression.Export;

/// <summary>
/// Writes a model as an ordinary Hugging Face folder: a GGUF file turned back, or a folder in another precision. Tensors are read
/// one at a time. What was stored unquantized comes back bit for bit.
/// </summary>
public static class CheckpointExporter
{
    private static readonly JsonSerializerOptions s_form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] s_companions =
        ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt"];

    /// <summary>Writes the folder.</summary>
    /// <param name="model">A GGUF file or a Hugging Face folder.</param>
    /// <param name="folder">Is created where absent.</param>
    /// <param name="type">Precision of the matrices: F32, F16, BF16, or F8_E4M3 with a scale per 128 x 128 block; null keeps theirs, and makes BF16 of quantized ones.</param>
    /// <param name="progress">Weights done.</param>
    /// <param name="shardBytes">Most bytes of a file.</param>
    /// <param name="cancellationToken">Leaves no file that looks whole.</param>
    /// <exception cref="UserInputException">The model is broken or unsupported.</exception>
    public static void Write(string model, string folder, TensorDataType? type, IProgress<StepReport>? progress = null,
        long shardBytes = CheckpointWriter.DefaultShardBytes, CancellationToken cancellationToken = default)
    {
        using ITensorSource source = Directory.Exists(model) ? new FolderTensors(model) : new GgufTensors(model);
        Directory.CreateDirectory(folder);
        var wanted = type ?? source.PlainType;
        var total = source.Tensors.Sum(spec => spec.Elements);
        var done = 0L;
        CheckpointWriter.Write(folder, [.. source.Tensors.SelectMany(spec => Parts(spec, wanted))], shardBytes);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ConfigJson(source, model, wanted));
        if (Directory.Exists(model)) CopyCompanions(model, folder);
        else source.Tokenizer?.Save(folder);

        IEnumerable<TensorToWrite> Parts(TensorSpec spec, TensorDataType matrices)
        {
            if (matrices == TensorDataType.F8_E4M3 && spec.HasBlockScales) return WithScales(spec);
            var stored = matrices == TensorDataType.F8_E4M3 ? TensorDataType.BF16 : matrices;
            return [new TensorToWrite(spec.Name, Keeps(source, spec, stored) ? stored : TensorDataType.F32, spec.Shape, () => Read(spec))];
        }

        IEnumerable<TensorToWrite> WithScales(TensorSpec spec)
        {
            // The scales come right after their matrix, which is read once for both.
            float[]? scales = null;
            long[] blocks = [.. spec.Shape.Select(size => (size + BlockScales.Size - 1) / BlockScales.Size)];
            yield return new TensorToWrite(spec.Name, TensorDataType.F8_E4M3, spec.Shape, () =>
            {
                var values = Read(spec);
                scales = BlockScales.Divide(values, spec.Shape[1]);
                return values;
            });
            yield return new TensorToWrite(spec.Name + BlockScales.Suffix, TensorDataType.F32, blocks, () => scales ?? BlockScales.Divide(Read(spec), spec.Shape[1]));
        }

        float[] Read(TensorSpec spec)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var values = source.Read(spec);
            progress?.Report(new StepReport("writing", Math.Min(done += spec.Elements, total), total, "weights"));
            return values;
        }
    }

    /// <summary>The router's correction always stays F32; other small tensors where the narrower type would change them.</summary>
    private static bool Keeps(ITensorSource source, TensorSpec spec, TensorDataType type)
    {
        if (type == TensorDataType.F32) return true;
        if (spec.IsCorrection) return false;
        if (spec.Shape.Count > 1 && spec.Role is not (TensorRole.Router or TensorRole.Norm)) return true;
        var values = source.Read(spec);
        var bytes = new byte[values.Length * type.Size()];
        var back = new float[values.Length];
        type.FromSingle(values, bytes);
        type.ToSingle(bytes, back);
        return back.AsSpan().SequenceEqual(values);
    }

    private static string ConfigJson(ITensorSource source, string model, TensorDataType type)
    {
        var name = type switch { TensorDataType.F32 => "float32", TensorDataType.F16 => "float16", _ => "bfloat16" };
        var original = Path.Combine(model, "config.json");
        var json = File.Exists(original) ? JsonNode.Parse(File.ReadAllText(original))!.AsObject() : source.Config.ToJson(name);
        json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = name;
        json.Remove("quantization_config");
        if (type == TensorDataType.F8_E4M3)
        {
            json["quantization_config"] = new JsonObject
            {
                ["quant_method"] = "fp8",
                ["fmt"] = "e4m3",
                ["activation_scheme"] = "dynamic",
                ["weight_block_size"] = new JsonArray(BlockScales.Size, BlockScales.Size),
            };
        }
        return json.ToJsonString(s_form) + "\n";
    }

    private static void CopyCompanions(string model, string folder)
    {
        if (Path.GetFullPath(model) == Path.GetFullPath(folder)) return;
        foreach (var name in s_companions.Where(name => File.Exists(Path.Combine(model, name))))
            File.Copy(Path.Combine(model, name), Path.Combine(folder, name), overwrite: true);
    }
}
