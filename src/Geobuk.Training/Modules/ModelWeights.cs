using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Moves weights between Hugging Face folders and modules.</summary>
public static class ModelWeights
{
    /// <summary>Files beside the weights that a saved folder carries over unchanged.</summary>
    private static readonly string[] s_companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "chat_template.jinja", "vocab.json", "merges.txt",
    ];

    /// <summary>Builds the model of a folder with its weights in fp32.</summary>
    /// <exception cref="UserInputException">Every missing, extra or wrongly shaped tensor, at once.</exception>
    public static CausalLanguageModel Load(string folder, Device device)
    {
        var config = ModelConfig.Load(folder);
        using var checkpoint = Checkpoint.Open(folder);
        var model = new CausalLanguageModel(config, device);
        using var scope = NewDisposeScope();
        CheckTensors(folder, config, checkpoint);
        using var still = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
            parameter.copy_(tensor(checkpoint.ReadSingle(name), parameter.shape));
        return model;
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
    }

    /// <summary>Saves an ordinary Hugging Face folder with adapters merged; tokenizer and templates come from <paramref name="companionFolder"/>.</summary>
    public static void Save(CausalLanguageModel model, TensorDataType dataType, string companionFolder, string folder)
    {
        Directory.CreateDirectory(folder);
        var layers = model.LinearLayers().ToDictionary(entry => entry.Name + ".weight", entry => entry.Layer);
        var tensors = model.named_parameters()
            .Where(entry => !entry.name.Contains(".lora_", StringComparison.Ordinal))
            .OrderBy(entry => entry.name, StringComparer.Ordinal)
            .Select(entry => new TensorToWrite(entry.name, dataType, entry.parameter.shape,
                () => layers.TryGetValue(entry.name, out var layer) ? Values(layer.MergedWeight()) : Values(entry.parameter.detach().to(float32).clone())));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. tensors]);
        var elsewhere = Path.GetFullPath(companionFolder) != Path.GetFullPath(folder);
        foreach (var name in s_companions.Where(name => elsewhere && File.Exists(Path.Combine(companionFolder, name))))
            File.Copy(Path.Combine(companionFolder, name), Path.Combine(folder, name), overwrite: true);
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ConfigJson(model.Config, dataType, companionFolder));
    }

    /// <summary>The values of a tensor in row-major order; disposes the tensor.</summary>
    internal static float[] Values(Tensor tensor)
    {
        using (tensor)
        {
            using var cpu = tensor.cpu().contiguous();
            return cpu.data<float>().ToArray();
        }
    }

    private static string ConfigJson(ModelConfig config, TensorDataType dataType, string companionFolder)
    {
        var type = dataType switch { TensorDataType.BF16 => "bfloat16", TensorDataType.F16 => "float16", _ => "float32" };
        var original = Path.Combine(companionFolder, "config.json");
        var json = File.Exists(original) ? JsonNode.Parse(File.ReadAllText(original))!.AsObject() : config.ToJson(type);
        json[json.ContainsKey("dtype") ? "dtype" : "torch_dtype"] = type;
        return json.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) + "\n";
    }

    /// <summary>Compares names, shapes and types of a checkpoint with what the configuration asks for.</summary>
    /// <exception cref="UserInputException">Every missing, extra or wrongly shaped tensor, at once.</exception>
    public static void CheckTensors(string folder, ModelConfig config, Checkpoint checkpoint)
    {
        var expected = Shapes(config);
        var problems = new List<string>();
        foreach (var (name, shape) in expected)
        {
            if (!checkpoint.Tensors.TryGetValue(name, out var found))
                problems.Add($"{folder}: tensor {name} is missing; expected shape [{string.Join(", ", shape)}] by config.json. Fetch the model again.");
            else if (!found.Shape.SequenceEqual(shape))
                problems.Add($"{folder}: tensor {name} has shape [{string.Join(", ", found.Shape)}]; expected [{string.Join(", ", shape)}] by config.json. The weights and config.json do not belong together.");
            else if (found.DataType is not (TensorDataType.F32 or TensorDataType.F16 or TensorDataType.BF16))
                problems.Add($"{folder}: tensor {name} is {found.DataType}; expected F32, F16 or BF16. Convert the checkpoint.");
        }
        foreach (var name in checkpoint.Tensors.Keys.Where(name => !expected.ContainsKey(name) && !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)))
        {
            // A tied head is sometimes stored all the same.
            if (name == "lm_head.weight" && config.TieWordEmbeddings) continue;
            problems.Add($"{folder}: tensor {name} is not part of the model in config.json; expected no such tensor. The weights and config.json do not belong together.");
        }
        if (problems.Count > 0) throw new UserInputException(problems);
    }

    private static Dictionary<string, long[]> Shapes(ModelConfig config)
    {
        var (hidden, width) = ((long)config.HiddenSize, (long)config.IntermediateSize);
        var (queries, keys) = ((long)config.HeadCount * config.HeadSize, (long)config.KeyValueHeadCount * config.HeadSize);
        var shapes = new Dictionary<string, long[]> { ["model.embed_tokens.weight"] = [config.VocabularySize, hidden], ["model.norm.weight"] = [hidden] };
        if (!config.TieWordEmbeddings) shapes["lm_head.weight"] = [config.VocabularySize, hidden];
        for (var i = 0; i < config.LayerCount; i++)
        {
            shapes[$"model.layers.{i}.input_layernorm.weight"] = [hidden];
            shapes[$"model.layers.{i}.post_attention_layernorm.weight"] = [hidden];
            Linear($"model.layers.{i}.self_attn.q_proj", queries, hidden, config.QueryKeyValueBias);
            Linear($"model.layers.{i}.self_attn.k_proj", keys, hidden, config.QueryKeyValueBias);
            Linear($"model.layers.{i}.self_attn.v_proj", keys, hidden, config.QueryKeyValueBias);
            Linear($"model.layers.{i}.self_attn.o_proj", hidden, queries, config.AttentionOutputBias);
            Linear($"model.layers.{i}.mlp.gate_proj", width, hidden, config.MlpBias);
            Linear($"model.layers.{i}.mlp.up_proj", width, hidden, config.MlpBias);
            Linear($"model.layers.{i}.mlp.down_proj", hidden, width, config.MlpBias);
        }
        return shapes;

        void Linear(string name, long outputs, long inputs, bool bias)
        {
            shapes[name + ".weight"] = [outputs, inputs];
            if (bias) shapes[name + ".bias"] = [outputs];
        }
    }
}
