using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Moves weights between Hugging Face folders and modules.</summary>
public static class ModelWeights
{
    private const long PieceElements = 1 << 22;
    private const long CollectAfter = 1 << 26;

    /// <summary>Files beside the weights that a saved folder carries over unchanged.</summary>
    private static readonly string[] s_companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt",
    ];

    /// <summary>Builds the model of a folder with its weights in fp32.</summary>
    /// <exception cref="UserInputException">Every missing, extra or wrongly shaped tensor, at once.</exception>
    public static CausalLanguageModel Load(string folder, Device device) => Load(folder, device, frozenInBFloat16: false);

    /// <summary>The same; the large matrices may be stored in bf16 from the first byte on, where they will not learn.</summary>
    internal static CausalLanguageModel Load(string folder, Device device, bool frozenInBFloat16)
    {
        using var checkpoint = ModelCheckpoint.Open(folder);
        var model = new CausalLanguageModel(checkpoint.Config, device);
        if (frozenInBFloat16) model.StoreInBFloat16();
        using var still = no_grad();
        var read = 0L;
        foreach (var (name, parameter) in model.named_parameters())
        {
            Fill(checkpoint, name, parameter);
            // Not after each of the thousands of an expert mixture: every file of the folder is asked.
            if ((read += parameter.numel()) < CollectAfter) continue;
            checkpoint.Release();
            read = 0;
        }
        return model;
    }

    /// <summary>Builds the model of a folder with unset weights.</summary>
    internal static CausalLanguageModel Unset(string folder, Device device) => new(ModelConfig.Load(folder), device);

    /// <summary>Decodes a tensor piece by piece, where the parameter lies in main memory right into it.</summary>
    private static void Fill(ModelCheckpoint checkpoint, string name, Tensor parameter)
    {
        var (rows, width) = (parameter.shape[0], parameter.numel() / parameter.shape[0]);
        var step = Math.Max(1, PieceElements / width);
        for (long first = 0; first < rows; first += step)
        {
            using var scope = NewDisposeScope();
            var piece = parameter.narrow(0, first, Math.Min(step, rows - first));
            var plain = piece.device.type == DeviceType.CPU && piece.dtype == float32 ? piece : empty(piece.shape, float32);
            checkpoint.Read(new RowSource(name, first * width, 1), MemoryMarshal.Cast<byte, float>(plain.bytes));
            if (!ReferenceEquals(plain, piece)) piece.copy_(plain);
        }
    }

    /// <summary>Fills a fresh model: matrices normal, norms one, biases zero.</summary>
    public static void Initialize(CausalLanguageModel model, int seed)
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.shape.Length != 2) continue;
            // Projections back into the residual stream start smaller, by the number of additions (GPT-2).
            var residual = name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
            var deviation = model.Config.InitializerRange / (residual ? Math.Sqrt(2 * model.Config.LayerCount) : 1);
            parameter.copy_(tensor(new CounterRandom(seed, name).Normal(parameter.numel(), deviation), parameter.shape));
        }
        foreach (var (_, layer) in model.LinearLayers())
            if (layer is FusedQueryGate fused) fused.ClearUnusedBlocks();
    }

    /// <summary>Saves an ordinary Hugging Face folder with adapters merged; tokenizer and templates come from <paramref name="companionFolder"/>.</summary>
    public static void Save(CausalLanguageModel model, TensorDataType dataType, string companionFolder, string folder)
    {
        Directory.CreateDirectory(folder);
        var layers = model.LinearLayers().ToDictionary(entry => entry.Name + ".weight", entry => entry.Layer);
        var written = 0L;
        var tensors = model.named_parameters()
            .Where(entry => !entry.name.Contains(".lora_", StringComparison.Ordinal))
            .OrderBy(entry => entry.name, StringComparer.Ordinal)
            .Select(entry => new TensorToWrite(entry.name, IsRouterCorrection(entry.name) ? TensorDataType.F32 : dataType, entry.parameter.shape,
                () =>
                {
                    // Arrays that were written are garbage, which the collector would let grow by more than half a gigabyte.
                    if ((written += entry.parameter.numel()) > CollectAfter)
                    {
                        GC.Collect();
                        written = 0;
                    }
                    return layers.TryGetValue(entry.name, out var layer) ? Values(layer.MergedWeight())
                        : entry.name == "model.embed_tokens.weight" ? Values(model.Decoder.Embedding.MergedWeight())
                        : Values(entry.parameter.detach().to(float32));
                }));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors]);
        WriteCompanions(model.Config, dataType, companionFolder, folder);
    }

    /// <summary>config.json, tokenizer and templates beside weights.</summary>
    internal static void WriteCompanions(ModelConfig config, TensorDataType dataType, string companionFolder, string folder)
    {
        var elsewhere = Path.GetFullPath(companionFolder) != Path.GetFullPath(folder);
        foreach (var name in s_companions.Where(name => elsewhere && File.Exists(Path.Combine(companionFolder, name))))
            File.Copy(Path.Combine(companionFolder, name), Path.Combine(folder, name), overwrite: true);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ConfigJson(config, dataType, companionFolder));
    }

    private static bool IsRouterCorrection(string name) => name.EndsWith(".e_score_correction_bias", StringComparison.Ordinal);

    /// <summary>The values of a tensor in row-major order; disposes the tensor.</summary>
    internal static float[] Values(Tensor tensor)
    {
        using (tensor) return tensor.Values<float>();
    }

    private static string ConfigJson(ModelConfig config, TensorDataType dataType, string companionFolder)
    {
        var type = dataType switch { TensorDataType.BF16 => "bfloat16", TensorDataType.F16 => "float16", _ => "float32" };
        var original = Path.Combine(companionFolder, "config.json");
        var json = File.Exists(original) ? JsonNode.Parse(File.ReadAllText(original))!.AsObject() : config.ToJson(type);
        json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = type;
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }
}
