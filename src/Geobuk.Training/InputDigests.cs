using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Training;

/// <summary>What must be the same for a training to go on: every key of the recipe's train section by name, and digests of its inputs.</summary>
internal static class InputDigests
{
    /// <summary>Keys that change when, by whom and in how much memory checkpoints are made, not what they hold.</summary>
    private static readonly string[] s_free = ["train.checkpoint_every", "train.keep_checkpoints", "train.workers", "train.return_memory"];

    /// <summary>By name.</summary>
    public static Dictionary<string, string> Of(TrainConfig config, int seed, string baseFolder, TrainingData data, TrainPrecision precision, long totalSteps)
    {
        var inputs = new Dictionary<string, string>();
        Flatten("train", JsonSerializer.SerializeToNode(config, RecipeJson.Options), inputs);
        foreach (var key in s_free) inputs.Remove(key);
        inputs["seed"] = seed.ToString(CultureInfo.InvariantCulture);
        inputs["total steps"] = totalSteps.ToString(CultureInfo.InvariantCulture);
        inputs["precision"] = precision.ToString();
        inputs["model weights"] = Weights(baseFolder);
        inputs["tokenizer"] = Tokenizer.Load(baseFolder).Digest[..16];
        inputs["corpus"] = data.Digest;
        if (config.Lora.QuantizedBase is { } file) inputs["quantized base"] = Files([file]);
        if (config.Exam is { } exam) inputs["exam"] = Files([exam]);
        if (config.Data.Count > 0) inputs["training data"] = Files(config.Data.SelectMany(Data.JsonLines.Files));
        return inputs;
    }

    /// <summary>SHA-256 over a model folder's weight files, 16 digits.</summary>
    public static string Weights(string folder) => Files(Directory.EnumerateFiles(folder, "*.safetensors"));

    /// <summary>SHA-256 over the content of files, 16 digits.</summary>
    public static string Files(IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            using var stream = File.OpenRead(path);
            for (int read; (read = stream.Read(buffer)) > 0;) hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Flatten(string path, JsonNode? node, Dictionary<string, string> into)
    {
        if (node is JsonObject section)
            foreach (var (key, value) in section) Flatten($"{path}.{key}", value, into);
        else into[path] = node?.ToJsonString() ?? "null";
    }
}
