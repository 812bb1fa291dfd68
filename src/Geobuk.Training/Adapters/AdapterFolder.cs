using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Adapters;

/// <summary>Adapters in a model, and on disk in the form of the PEFT library.</summary>
public static class AdapterFolder
{
    /// <summary>What PEFT puts before a parameter's name in the model.</summary>
    internal const string Prefix = "base_model.model.";
    /// <summary>The metadata key that holds <see cref="InputDigests"/>' digest of the base's weights.</summary>
    internal const string BaseKey = "geobuk.base_digest";
    internal const string TensorsName = "adapter_model.safetensors", ConfigName = "adapter_config.json";
    private const string Embedding = "embed_tokens";

    /// <summary>Freezes the model and adds an adapter to every layer whose last name is a target.</summary>
    /// <exception cref="UserInputException">A target that no layer has, or that cannot have this form.</exception>
    public static void AddAdapters(CausalLanguageModel model, LoraConfig config, int seed)
    {
        config = config.For(model.Config);
        var layers = model.LinearLayers().ToList();
        Check(model, config, layers.Select(entry => LastName(entry.Name)).Append(Embedding).ToHashSet());
        foreach (var (_, parameter) in model.named_parameters()) parameter.requires_grad = false;
        foreach (var (name, layer) in layers.Where(entry => config.Targets.Contains(LastName(entry.Name))))
        {
            // Uniform in +-1 / sqrt(inputs), what a fresh linear layer gets.
            var bound = 1 / Math.Sqrt(layer.Weight.shape[1]);
            var random = new CounterRandom(seed, name + ".lora_A");
            layer.AddAdapter(config, count => [.. Enumerable.Range(0, checked((int)count)).Select(i => (float)((2 * random.Uniform(i) - 1) * bound))]);
        }
        if (config.Targets.Contains(Embedding)) model.Decoder.Embedding.AddAdapter(config, count => new CounterRandom(seed, Embedding + ".lora_B").Normal(count, 1));
    }

    /// <summary>Adds the adapter of a folder to a model.</summary>
    /// <exception cref="UserInputException">It belongs to another base, or is damaged.</exception>
    public static LoraConfig Load(CausalLanguageModel model, string baseFolder, string folder)
    {
        var config = ReadConfig(folder);
        using var file = OpenFor(baseFolder, folder);
        AddAdapters(model, config, 0);
        using var still = no_grad();
        var problems = new List<string>();
        foreach (var (name, parameter) in Parameters(model))
        {
            if (!file.Tensors.TryGetValue(Prefix + name, out var stored) || !stored.Shape.SequenceEqual(parameter.shape))
            {
                problems.Add($"{folder}: {Prefix + name} is {(stored is null ? "absent" : $"of shape [{string.Join(", ", stored.Shape)}]")}; expected shape [{string.Join(", ", parameter.shape)}]. The adapter belongs to another base model, or is damaged.");
                continue;
            }
            var values = new float[stored.Elements];
            stored.DataType.ToSingle(file.Bytes(stored), values);
            using var loaded = tensor(values, parameter.shape);
            parameter.copy_(loaded);
        }
        return problems.Count == 0 ? config : throw new UserInputException(problems);
    }

    /// <summary>Writes adapter_model.safetensors and adapter_config.json.</summary>
    /// <param name="model">The model with its adapters.</param>
    /// <param name="config">Their form.</param>
    /// <param name="baseFolder">The base that they belong to.</param>
    /// <param name="folder">Where they go.</param>
    /// <param name="alpha">How far of the way from the base to the trained weights to go, by parameter; null goes all of it. Not for DoRA, whose parts of the way are no DoRA.</param>
    public static void Save(CausalLanguageModel model, LoraConfig config, string baseFolder, string folder, Func<string, double>? alpha = null)
    {
        config = config.For(model.Config);
        Directory.CreateDirectory(folder);
        // The change is a product of two factors, so one of them takes the share.
        var tensors = Parameters(model).Select(entry => new TensorToWrite(Prefix + entry.Name, TensorDataType.F32, entry.Parameter.shape,
            () => ModelWeights.Values(alpha is not null && IsSecondFactor(entry.Name) ? entry.Parameter.detach().to(float32).mul((float)alpha(entry.Name)) : entry.Parameter.detach().to(float32).clone())));
        SafetensorsWriter.Write(Path.Combine(folder, TensorsName), [.. tensors],
            new Dictionary<string, string> { ["format"] = "pt", [BaseKey] = InputDigests.Weights(baseFolder) });
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = "CAUSAL_LM",
            ["base_model_name_or_path"] = baseFolder,
            ["r"] = config.Rank,
            ["lora_alpha"] = config.Alpha,
            ["lora_dropout"] = config.Dropout,
            ["use_rslora"] = config.Variant == LoraVariant.Rslora,
            ["use_dora"] = config.Variant == LoraVariant.Dora,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["target_modules"] = new JsonArray([.. config.Targets.Select(target => (JsonNode)target)]),
        };
        // A fused projection's two blocks of rank r are one adapter of rank 2r; alpha follows, so that the scale stays.
        var factor = config.Variant == LoraVariant.Rslora ? Math.Sqrt(2) : 2;
        foreach (var name in model.LinearLayers().Where(entry => entry.Layer is { HasAdapter: true, RankFactor: > 1 }).Select(entry => LastName(entry.Name)).Distinct())
        {
            json["rank_pattern"] = new JsonObject { [name] = 2 * config.Rank };
            json["alpha_pattern"] = new JsonObject { [name] = factor * config.Alpha };
        }
        AtomicFile.WriteText(Path.Combine(folder, ConfigName), json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>The configuration of an adapter folder.</summary>
    /// <exception cref="UserInputException">It is missing, or of another kind than LoRA, rsLoRA and DoRA.</exception>
    internal static LoraConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigName);
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected an adapter folder as PEFT writes it. Check the path.");
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            if ((string?)json["peft_type"] != "LORA" || ((string?)json["bias"] ?? "none") != "none")
                throw new UserInputException($"{path}: peft_type is {json["peft_type"]?.ToJsonString()} with bias {json["bias"]?.ToJsonString()}; expected LORA without biases. Other kinds are not supported.");
            return new LoraConfig
            {
                Rank = (int)json["r"]!,
                Alpha = (double)json["lora_alpha"]!,
                Dropout = (double?)json["lora_dropout"] ?? 0,
                Variant = (bool?)json["use_dora"] == true ? LoraVariant.Dora : (bool?)json["use_rslora"] == true ? LoraVariant.Rslora : LoraVariant.Lora,
                Targets = json["target_modules"] is JsonArray names ? [.. names.Select(name => (string)name!)] : [(string)json["target_modules"]!],
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            throw new UserInputException($"{path}: not the configuration of an adapter ({fault.Message}); expected r, lora_alpha and target_modules. Fetch the file again.", fault);
        }
    }

    /// <summary>Opens an adapter's tensors after checking that it was trained on this base.</summary>
    /// <exception cref="UserInputException">It was trained on another base.</exception>
    internal static SafetensorsFile OpenFor(string baseFolder, string folder)
    {
        var path = Path.Combine(folder, TensorsName);
        var file = SafetensorsFile.Open(path);
        if (SafetensorsMetadata.Read(path).GetValueOrDefault(BaseKey) is { } made && InputDigests.Weights(baseFolder) is var here && made != here)
        {
            file.Dispose();
            throw new UserInputException($"{folder}: the adapter was trained on base weights {made}; expected {here}, those of {baseFolder}. Give the base that it was trained on.");
        }
        return file;
    }

    private static void Check(CausalLanguageModel model, LoraConfig config, HashSet<string> names)
    {
        var problems = config.Targets.Where(target => !names.Contains(target))
            .Select(target => $"train.lora.targets: no layer is named {target}; expected some of {string.Join(", ", names.Order())}. Correct the recipe.").ToList();
        if (config.Targets.Contains(Embedding) && (model.Config.TieWordEmbeddings || config.Variant == LoraVariant.Dora))
            problems.Add($"train.lora.targets: embed_tokens is given {(model.Config.TieWordEmbeddings ? "for a model whose head is its embedding" : "with variant dora")}; expected it only for a head of its own and variants lora and rslora. Leave it out.");
        if (config.Variant == LoraVariant.Dora && model.LinearLayers().Any(entry => entry.Layer.RankFactor > 1 && config.Targets.Contains(LastName(entry.Name))))
            problems.Add("train.lora.variant is dora; expected lora or rslora for this model's fused q_b_proj, whose rows lie in two blocks. Leave q_b_proj out, or change the variant.");
        if (problems.Count > 0) throw new UserInputException(problems);
    }

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> Parameters(CausalLanguageModel model) => model.named_parameters()
        .Where(entry => entry.name.Contains(".lora_", StringComparison.Ordinal)).OrderBy(entry => entry.name, StringComparer.Ordinal).Select(entry => (entry.name, entry.parameter));

    private static bool IsSecondFactor(string name) => name.EndsWith(".lora_B.weight", StringComparison.Ordinal) || name.EndsWith(".lora_embedding_B", StringComparison.Ordinal);

    private static string LastName(string name) => name[(name.LastIndexOf('.') + 1)..];
}
