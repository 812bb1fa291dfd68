using System.Diagnostics;
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

    /// <summary>Writes a bf16 Hugging Face folder.</summary>
    public static void WriteFolder(string configPath, string folder)
    {
        var clock = Stopwatch.StartNew();
        var config = ModelConfig.Parse(File.ReadAllText(configPath), configPath);
        Directory.CreateDirectory(folder);
        var random = Random(0.02f, 0);
        CheckpointWriter.Write(folder, [.. ModelLayout.Of(config).Tensors.Select(spec => new TensorToWrite(spec.Name, TensorDataType.BF16, spec.Shape, () =>
        {
            var values = new float[spec.Elements];
            for (var at = 0; at < values.Length; at += Values) random.AsSpan(0, Math.Min(Values, values.Length - at)).CopyTo(values.AsSpan(at));
            return values;
        }))]);
        File.Copy(configPath, Path.Combine(folder, "config.json"), overwrite: true);
        Console.WriteLine($"{folder}: {clock.Elapsed.TotalSeconds:f0} s");
    }

    /// <summary>A made-up vocabulary, the bytes first: llama.cpp opens no file without one.</summary>
    private static IEnumerable<(string, GgufValue)> Vocabulary(int size)
    {
        var bytes = Enumerable.Range(33, 94).Concat(Enumerable.Range(161, 12)).Concat(Enumerable.Range(174, 82)).Concat(Enumerable.Range(256, 68));
        string[] tokens = [.. bytes.Select(character => ((char)character).ToString()), "ab", .. Enumerable.Range(257, size - 257).Select(id => $"t{id}")];
        yield return ("tokenizer.ggml.model", GgufValue.Of("gpt2"));
        yield return ("tokenizer.ggml.pre", GgufValue.Of("gpt-2"));
        yield return ("tokenizer.ggml.tokens", GgufValue.ArrayOf(tokens));
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
