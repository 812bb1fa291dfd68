using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Geobuk.Compression.Quantization;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Bench;

/// <summary>Models of any shape with random weights. A megabyte of encoded values of each type is repeated, so disks set the pace.</summary>
internal static class RandomModel
{
    private const int Values = 1 << 20;

    /// <summary>Writes a GGUF file.</summary>
    public static void WriteFile(string configPath, string preset, string path)
    {
        var clock = Stopwatch.StartNew();
        var config = ModelConfig.Parse(File.ReadAllText(configPath), configPath);
        var types = TypePlan.Of(CompressionPreset.Find(preset), config, surgery: false, hasImportance: false);
        var specs = ModelLayout.Of(config).Gguf;
        var targets = specs.Select(spec => new GgufTensorToWrite(spec.Name,
            spec.StaysSingle ? GgmlType.F32 : RowFit.Of(types.TypeOf(spec.Name), spec.Shape[^1]).Type, [.. spec.Shape.Reverse()])).ToList();
        var keys = GgufConfigWriter.Keys(config).Prepend(("general.architecture", GgufValue.Of(config.Family.Name))).Concat(Vocabulary(config.VocabularySize));
        using var writer = GgufWriter.Create(path, keys.Select(entry => KeyValuePair.Create(entry.Item1, entry.Item2)), targets);
        var patterns = new Dictionary<(GgmlType, bool), byte[]>();
        for (var i = 0; i < targets.Count; i++)
        {
            var norm = specs[i].Shape.Count == 1 && !specs[i].Name.EndsWith(".bias", StringComparison.Ordinal);
            if (!patterns.TryGetValue((targets[i].Type, norm), out var pattern)) patterns[(targets[i].Type, norm)] = pattern = Encode(targets[i].Type, norm);
            for (long at = 0; at < targets[i].Bytes; at += pattern.Length)
                writer.Write(i, at, pattern.AsSpan(0, (int)Math.Min(pattern.Length, targets[i].Bytes - at)));
        }
        writer.Complete();
        Console.WriteLine($"{path}: {writer.FileBytes / 1e9:f2} GB, {specs.Sum(spec => spec.Elements):N0} weights, {clock.Elapsed.TotalSeconds:f0} s");
    }

    /// <summary>Writes a bf16 Hugging Face folder, sharded where it is large.</summary>
    /// <param name="configPath">A config.json.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="changes">Keys of it with other numbers, such as num_hidden_layers=4.</param>
    public static void WriteFolder(string configPath, string folder, IEnumerable<string> changes)
    {
        var clock = Stopwatch.StartNew();
        var json = JsonNode.Parse(File.ReadAllText(configPath))!.AsObject();
        foreach (var change in changes.Select(change => change.Split('='))) json[change[0]] = int.Parse(change[1], CultureInfo.InvariantCulture);
        var config = ModelConfig.Parse(json.ToJsonString(), configPath);
        Directory.CreateDirectory(folder);
        var (weights, norms) = (Pattern(0), Pattern(1));
        CheckpointWriter.Write(folder, [.. ModelLayout.Of(config).Tensors.Select((spec, index) => TensorToWrite.OfStored(spec.Name, TensorDataType.BF16, spec.Shape, stream =>
        {
            var pattern = spec.Shape.Count == 1 && !spec.Name.EndsWith("bias", StringComparison.Ordinal) ? norms : weights;
            // Each tensor begins elsewhere in the pattern, so that no two are alike.
            var at = index * 7919 * sizeof(ushort) % pattern.Length;
            for (var left = spec.Elements * sizeof(ushort); left > 0;)
            {
                var count = (int)Math.Min(pattern.Length - at, left);
                stream.Write(pattern, at, count);
                (left, at) = (left - count, 0);
            }
        }))]);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), TokenizerJson(config.VocabularySize));
        File.WriteAllText(Path.Combine(folder, "config.json"), json.ToJsonString());
        Console.WriteLine($"{folder}: {ModelLayout.Of(config).Tensors.Sum(spec => spec.Elements):N0} weights, {clock.Elapsed.TotalSeconds:f0} s");

        static byte[] Pattern(float mean)
        {
            var bytes = new byte[Values * sizeof(ushort)];
            TensorDataType.BF16.FromSingle(Random(0.02f, mean), bytes);
            return bytes;
        }
    }

    private static string TokenizerJson(int size)
    {
        var vocabulary = new JsonObject();
        foreach (var token in Tokens(size)) vocabulary[token] = vocabulary.Count;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray("a b") },
        }.ToJsonString();
    }

    /// <summary>A made-up vocabulary, the bytes first: llama.cpp opens no file without one.</summary>
    private static string[] Tokens(int size)
    {
        var bytes = Enumerable.Range(33, 94).Concat(Enumerable.Range(161, 12)).Concat(Enumerable.Range(174, 82)).Concat(Enumerable.Range(256, 68));
        return [.. bytes.Select(character => ((char)character).ToString()), "ab", .. Enumerable.Range(257, size - 257).Select(id => $"t{id}")];
    }

    private static IEnumerable<(string, GgufValue)> Vocabulary(int size)
    {
        yield return ("tokenizer.ggml.model", GgufValue.Of("gpt2"));
        yield return ("tokenizer.ggml.pre", GgufValue.Of("gpt-2"));
        yield return ("tokenizer.ggml.tokens", GgufValue.ArrayOf(Tokens(size)));
        yield return ("tokenizer.ggml.token_type", GgufValue.ArrayOf(Enumerable.Repeat(1, size).ToArray()));
        yield return ("tokenizer.ggml.merges", GgufValue.ArrayOf(new[] { "a b" }));
        yield return ("tokenizer.ggml.bos_token_id", GgufValue.Of(0u));
        yield return ("tokenizer.ggml.eos_token_id", GgufValue.Of(1u));
    }

    private static byte[] Encode(GgmlType type, bool norm)
    {
        var format = BlockFormat.Get(type);
        var data = new byte[format.Bytes(Values)];
        format.Encode(Random(0.02f, norm ? 1 : 0), [], data);
        return data;
    }

    private static float[] Random(float deviation, float mean)
    {
        var random = new Random(7);
        var values = new float[Values];
        for (var i = 0; i < Values; i++)
            values[i] = mean + deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
