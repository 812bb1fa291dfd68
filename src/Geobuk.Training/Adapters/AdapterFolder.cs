using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Modules;

namespace Geobuk.Training.Adapters;

/// <summary>Adapters in a model, and on disk in the form of the PEFT library.</summary>
public static class AdapterFolder
{
    /// <summary>Freezes the model and adds an adapter to every layer whose last name is a target.</summary>
    /// <exception cref="Models.UserInputException">A target that no layer has.</exception>
    public static void AddAdapters(CausalLanguageModel model, LoraConfig config, int seed)
    {
        var layers = model.LinearLayers().ToList();
        var names = layers.Select(entry => LastName(entry.Name)).ToHashSet();
        var unknown = config.Targets.Where(target => !names.Contains(target)).ToList();
        if (unknown.Count > 0)
            throw new Models.UserInputException([.. unknown.Select(target => $"train.lora.targets: no layer is named {target}; expected some of {string.Join(", ", names.Order())}. Correct the recipe.")]);
        foreach (var (_, parameter) in model.named_parameters()) parameter.requires_grad = false;
        foreach (var (name, layer) in layers.Where(entry => config.Targets.Contains(LastName(entry.Name))))
        {
            // Uniform in +-1 / sqrt(inputs), what a fresh linear layer gets.
            var bound = 1 / Math.Sqrt(layer.Weight.shape[1]);
            var random = new CounterRandom(seed, name + ".lora_A");
            layer.AddAdapter(config, count => [.. Enumerable.Range(0, checked((int)count)).Select(i => (float)((2 * random.Uniform(i) - 1) * bound))]);
        }
    }

    /// <summary>Writes adapter_model.safetensors and adapter_config.json.</summary>
    public static void Save(CausalLanguageModel model, LoraConfig config, string baseName, string folder)
    {
        Directory.CreateDirectory(folder);
        var tensors = model.named_parameters()
            .Where(entry => entry.name.Contains(".lora_", StringComparison.Ordinal))
            .OrderBy(entry => entry.name, StringComparer.Ordinal)
            .Select(entry => new TensorToWrite("base_model.model." + entry.name, TensorDataType.F32, entry.parameter.shape,
                () => ModelWeights.Values(entry.parameter.detach().to(TorchSharp.torch.float32).clone())));
        SafetensorsWriter.Write(Path.Combine(folder, "adapter_model.safetensors"), [.. tensors]);
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseName,
            ["r"] = config.Rank,
            ["lora_alpha"] = config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["target_modules"] = new JsonArray([.. config.Targets.Select(target => (JsonNode)target)]),
        };
        // A fused projection's two blocks of rank r are one adapter of rank 2r; alpha follows, so that alpha / rank stays.
        foreach (var name in model.LinearLayers().Where(entry => entry.Layer is { HasAdapter: true, RankFactor: > 1 }).Select(entry => LastName(entry.Name)).Distinct())
        {
            json["rank_pattern"] = new JsonObject { [name] = 2 * config.Rank };
            json["alpha_pattern"] = new JsonObject { [name] = 2 * config.Alpha };
        }
        AtomicFile.WriteText(Path.Combine(folder, "adapter_config.json"), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    private static string LastName(string name) => name[(name.LastIndexOf('.') + 1)..];
}
