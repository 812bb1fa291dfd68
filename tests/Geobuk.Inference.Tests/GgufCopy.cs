using Geobuk.Inference.Weights;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests;

/// <summary>Writes a Hugging Face folder as a GGUF file the way llama.cpp's converter does: names, permuted q and k, rope_freqs.</summary>
internal static class GgufCopy
{
    /// <summary>Matrices take <paramref name="type"/>, vectors stay F32.</summary>
    public static string Write(
        string folder, GgmlType type, Action<Dictionary<string, GgufValue>>? metadata = null, Action<Dictionary<string, (long[] Shape, float[] Values)>>? change = null)
    {
        var config = ModelConfig.Load(folder);
        var keys = Metadata(config);
        metadata?.Invoke(keys);
        var tensors = Tensors(folder, config);
        change?.Invoke(tensors);
        var declared = tensors.Select(tensor => new GgufTensorToWrite(
            tensor.Key, tensor.Value.Shape.Length == 1 ? GgmlType.F32 : type, [.. tensor.Value.Shape.Reverse()])).ToList();
        var path = Path.Combine(Path.GetTempPath(), $"geobuk-{Guid.NewGuid():N}.gguf");
        using var writer = GgufWriter.Create(path, keys, declared);
        for (var i = 0; i < declared.Count; i++)
        {
            var data = new byte[declared[i].Bytes];
            BlockFormat.Get(declared[i].Type).Encode(tensors[declared[i].Name].Values, default, data);
            writer.Write(i, 0, data);
        }
        writer.Complete();
        return path;
    }

    private static Dictionary<string, GgufValue> Metadata(ModelConfig config)
    {
        var arch = config.Family == ModelFamily.Llama ? "llama" : "qwen2";
        var keys = new Dictionary<string, GgufValue>
        {
            ["general.architecture"] = GgufValue.Of(arch),
            [$"{arch}.embedding_length"] = GgufValue.Of((uint)config.HiddenSize),
            [$"{arch}.block_count"] = GgufValue.Of((uint)config.LayerCount),
            [$"{arch}.feed_forward_length"] = GgufValue.Of((uint)config.IntermediateSize),
            [$"{arch}.attention.head_count"] = GgufValue.Of((uint)config.HeadCount),
            [$"{arch}.attention.head_count_kv"] = GgufValue.Of((uint)config.KeyValueHeadCount),
            [$"{arch}.attention.key_length"] = GgufValue.Of((uint)config.HeadSize),
            [$"{arch}.attention.value_length"] = GgufValue.Of((uint)config.HeadSize),
            [$"{arch}.attention.layer_norm_rms_epsilon"] = GgufValue.Of((float)config.NormEpsilon),
            [$"{arch}.context_length"] = GgufValue.Of((uint)config.MaxPositions),
            [$"{arch}.rope.freq_base"] = GgufValue.Of((float)config.Rope.Theta),
            [$"{arch}.rope.dimension_count"] = GgufValue.Of((uint)config.HeadSize),
        };
        if (config.Rope.Scaling == RopeScaling.Yarn)
        {
            keys[$"{arch}.rope.scaling.type"] = GgufValue.Of("yarn");
            keys[$"{arch}.rope.scaling.factor"] = GgufValue.Of((float)config.Rope.Factor);
            keys[$"{arch}.rope.scaling.original_context_length"] = GgufValue.Of((uint)config.Rope.OriginalMaxPositions);
        }
        return keys;
    }

    private static Dictionary<string, (long[] Shape, float[] Values)> Tensors(string folder, ModelConfig config)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var source = CheckpointSource.Open(folder);
        var tensors = new Dictionary<string, (long[], float[])>();
        foreach (var name in Names(config))
        {
            var own = source.NativeName(name);
            if (!checkpoint.Tensors.TryGetValue(own, out var tensor)) continue;
            var values = checkpoint.ReadSingle(own);
            var heads = name.Contains("attn_q.", StringComparison.Ordinal) ? config.HeadCount : name.Contains("attn_k.", StringComparison.Ordinal) ? config.KeyValueHeadCount : 0;
            if (heads > 0 && config.Family == ModelFamily.Llama) values = Permute(values, heads, config.HeadSize);
            tensors[name] = ([.. tensor.Shape], values);
        }
        if (config.Rope.Scaling == RopeScaling.Llama3)
        {
            var plain = (config.Rope with { Scaling = RopeScaling.None }).InverseFrequencies(config.HeadSize);
            var scaled = config.Rope.InverseFrequencies(config.HeadSize);
            tensors["rope_freqs.weight"] = ([plain.Length], [.. plain.Zip(scaled, (p, s) => (float)(p / s))]);
        }
        return tensors;
    }

    private static IEnumerable<string> Names(ModelConfig config)
    {
        yield return "token_embd.weight";
        yield return "output_norm.weight";
        yield return "output.weight";
        for (var i = 0; i < config.LayerCount; i++)
        {
            foreach (var stem in new[] { "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down" })
            {
                yield return $"blk.{i}.{stem}.weight";
                yield return $"blk.{i}.{stem}.bias";
            }
        }
    }

    /// <summary>Rows [head, half, pair] to [head, pair, half].</summary>
    private static float[] Permute(float[] values, int heads, int headSize)
    {
        var columns = values.Length / (heads * headSize);
        var result = new float[values.Length];
        for (var row = 0; row < heads * headSize; row++)
        {
            var (head, within) = (row / headSize, row % headSize);
            var (half, pair) = (within / (headSize / 2), within % (headSize / 2));
            values.AsSpan(row * columns, columns).CopyTo(result.AsSpan((head * headSize + 2 * pair + half) * columns));
        }
        return result;
    }
}
