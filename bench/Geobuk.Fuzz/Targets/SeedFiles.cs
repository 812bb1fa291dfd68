using System.Text;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Fuzz.Targets;

/// <summary>Makes the valid files, with the project's own writers, and the targets around them.</summary>
internal static class SeedFiles
{
    private const int Vocabulary = 320;

    private static readonly string[] s_configs =
    [
        """{"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"vocab_size":320,"max_position_embeddings":256,"rms_norm_eps":1e-5,"rope_theta":10000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64},"hidden_act":"silu","tie_word_embeddings":false,"bos_token_id":0,"eos_token_id":[0,3],"torch_dtype":"bfloat16"}""",
        """{"architectures":["Qwen2ForCausalLM"],"model_type":"qwen2","hidden_size":64,"intermediate_size":96,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":4,"vocab_size":320,"max_position_embeddings":256,"rms_norm_eps":1e-6,"rope_parameters":{"rope_type":"yarn","rope_theta":1000000.0,"factor":4.0,"original_max_position_embeddings":64},"hidden_act":"silu","tie_word_embeddings":true,"use_sliding_window":false,"eos_token_id":0}""",
        """{"architectures":["AXK1ForCausalLM"],"model_type":"axk1","hidden_size":32,"intermediate_size":64,"moe_intermediate_size":16,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"q_lora_rank":16,"kv_lora_rank":8,"qk_nope_head_dim":8,"qk_rope_head_dim":4,"v_head_dim":8,"n_routed_experts":8,"n_shared_experts":1,"num_experts_per_tok":2,"n_group":2,"topk_group":1,"first_k_dense_replace":1,"norm_topk_prob":true,"routed_scaling_factor":2.5,"scoring_func":"sigmoid","vocab_size":320,"max_position_embeddings":128,"rms_norm_eps":1e-6,"rope_interleave":true,"rope_parameters":{"rope_type":"yarn","rope_theta":10000.0,"factor":4.0,"original_max_position_embeddings":32,"mscale":1.0,"mscale_all_dim":0.0},"hidden_act":"silu","attention_bias":false,"bos_token_id":0,"eos_token_id":0}""",
        """{"architectures":["AXK2ForCausalLM"],"model_type":"axk2","hidden_size":32,"intermediate_size":64,"moe_intermediate_size":16,"num_hidden_layers":2,"num_attention_heads":2,"num_key_value_heads":2,"q_lora_rank":16,"kv_lora_rank":8,"qk_nope_head_dim":8,"qk_rope_head_dim":4,"v_head_dim":8,"n_routed_experts":8,"n_shared_experts":1,"num_experts_per_tok":2,"mlp_layer_types":["dense","sparse"],"norm_topk_prob":true,"routed_scaling_factor":2.5,"vocab_size":320,"max_position_embeddings":128,"rms_norm_eps":1e-6,"rope_parameters":{"rope_type":"default","rope_theta":10000.0},"hidden_act":"silu","attention_output_gate":true,"attn_gate_fused":true,"gated_norm":true,"gated_norm_rank":4,"index_n_heads":2,"index_head_dim":8,"index_topk":16,"bos_token_id":0,"eos_token_id":0}""",
    ];

    /// <summary>Every target, with its valid files.</summary>
    public static IReadOnlyList<Target> MakeTargets()
    {
        var folder = Directory.CreateTempSubdirectory("geobuk-fuzz-seeds-").FullName;
        try
        {
            var tokenizer = Tokenizers(folder);
            var (files, shards, index) = Checkpoints(folder);
            var configs = s_configs.Select(Encoding.UTF8.GetBytes).ToList();
            return
            [
                new GgufTarget { Seeds = Ggufs(folder) },
                new SafetensorsTarget { Seeds = files },
                new TokenizerTarget("tokenizer", "tokenizer.json", tokenizer.Files) { Seeds = tokenizer.Variants },
                new TemplateTarget { Seeds = Templates() },
                new IndexTarget(shards) { Seeds = [index] },
                new TokenizerTarget("tokenizer config", "tokenizer_config.json", tokenizer.Files) { Seeds = [tokenizer.Files.First(file => file.Name == "tokenizer_config.json").Bytes] },
                new ConfigTarget { Seeds = configs },
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<byte[]> Templates()
    {
        var assembly = typeof(SeedFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.EndsWith(".jinja", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }).ToList();
    }

    private static (IReadOnlyList<(string Name, byte[] Bytes)> Files, IReadOnlyList<byte[]> Variants) Tokenizers(string folder)
    {
        var texts = Enumerable.Range(0, 40).Select(i => $"제{i}조(휴가) ① 부대의 장은 {i + 3}일의 범위에서 휴가를 허가할 수 있다. It's rule {i}.\n");
        var target = Path.Combine(folder, "tokenizer");
        BpeTrainer.Train(texts, Vocabulary, target);
        var files = Directory.GetFiles(target).Order(StringComparer.Ordinal).Select(path => (Path.GetFileName(path), File.ReadAllBytes(path))).ToList();
        var plain = File.ReadAllText(Path.Combine(target, "tokenizer.json"));
        return (files, [Encoding.UTF8.GetBytes(plain), .. TokenizerVariants.Of(plain)]);
    }

    private static (IReadOnlyList<byte[]> Files, IReadOnlyList<(string, byte[])> Shards, byte[] Index) Checkpoints(string folder)
    {
        TensorToWrite Tensor(string name, TensorDataType type, params long[] shape) =>
            new(name, type, shape, () => [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(i => i / 8f)]);
        byte[] Written(string name, params TensorToWrite[] tensors)
        {
            var path = Path.Combine(folder, name);
            SafetensorsWriter.Write(path, tensors);
            return File.ReadAllBytes(path);
        }
        var types = Enum.GetValues<TensorDataType>().Where(type => type is not (TensorDataType.I64 or TensorDataType.I32 or TensorDataType.U8)).ToList();
        var first = Written("a", [.. types.Select((type, i) => Tensor($"model.layers.{i}.mlp.up_proj.weight", type, 4, 6))]);
        var second = Written("b", Tensor("가중치", TensorDataType.F16, 3, 5), Tensor("empty", TensorDataType.F32, 0, 7), Tensor("one", TensorDataType.F32, 1));
        var map = new JsonObject(types.Select((_, i) => KeyValuePair.Create($"model.layers.{i}.mlp.up_proj.weight", (JsonNode?)"a.safetensors")).Append(new("가중치", "b.safetensors")));
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 100 }, ["weight_map"] = map };
        return ([first, second], [("a.safetensors", first), ("b.safetensors", second)], Encoding.UTF8.GetBytes(index.ToJsonString()));
    }

    private static List<byte[]> Ggufs(string folder)
    {
        var parts = Tokenizer.Load(Path.Combine(folder, "tokenizer")).ToParts();
        (string, GgufValue)[] tokenizer =
        [
            ("tokenizer.ggml.model", GgufValue.Of("gpt2")), ("tokenizer.ggml.pre", GgufValue.Of(parts.PreTokenizer)), ("tokenizer.ggml.tokens", GgufValue.ArrayOf(parts.Tokens.ToArray())),
            ("tokenizer.ggml.token_type", GgufValue.ArrayOf(parts.TokenTypes.ToArray())), ("tokenizer.ggml.merges", GgufValue.ArrayOf(parts.Merges.ToArray())),
            ("tokenizer.ggml.bos_token_id", GgufValue.Of((uint)parts.BosTokenId!)), ("tokenizer.ggml.eos_token_id", GgufValue.Of((uint)parts.EosTokenId!)), ("tokenizer.ggml.add_bos_token", GgufValue.Of(true)),
        ];
        (string, GgufValue)[] kinds =
        [
            ("k.u8", GgufValue.Of((byte)200)), ("k.i8", GgufValue.Of((sbyte)-7)), ("k.u16", GgufValue.Of((ushort)60000)), ("k.i16", GgufValue.Of((short)-300)), ("k.i32", GgufValue.Of(-5)), ("k.f32", GgufValue.Of(1.5f)),
            ("k.bool", GgufValue.Of(true)), ("k.text", GgufValue.Of("육군 陸軍")), ("k.u64", GgufValue.Of(ulong.MaxValue)), ("k.i64", GgufValue.Of(long.MinValue)), ("k.f64", GgufValue.Of(Math.PI)), ("general.alignment", GgufValue.Of(32u)),
            ("k.u8s", GgufValue.ArrayOf<byte>([1, 2, 3])), ("k.bools", GgufValue.ArrayOf([true, false])), ("k.f32s", GgufValue.ArrayOf([1f, 2f])), ("k.texts", GgufValue.ArrayOf(["가", "", "b"])), ("k.i64s", GgufValue.ArrayOf([-1L])), ("k.none", GgufValue.ArrayOf<int>([])),
        ];
        var models = s_configs.Select(json => ModelConfig.Parse(json, "seed")).Select(config =>
            GgufConfigWriter.Keys(config).Prepend(("general.architecture", GgufValue.Of(config.Family.Name))).ToArray()).ToList();
        GgufTensorToWrite[] tensors = [.. BlockFormat.Supported.Select(type => new GgufTensorToWrite($"blk.0.{type}.weight", type, [256, 2])), new("output_norm.weight", GgmlType.F32, [7]), new("cube", GgmlType.F16, [2, 3, 2, 2])];
        GgufTensorToWrite embedding = new("token_embd.weight", GgmlType.Q8_0, [64, Vocabulary]);
        return [Gguf(folder, kinds, tensors), Gguf(folder, [.. models[0], .. tokenizer], [embedding, tensors[0]]), .. models[1..].Select(model => Gguf(folder, model, [embedding]))];
    }

    private static byte[] Gguf(string folder, (string Key, GgufValue Value)[] keys, GgufTensorToWrite[] tensors)
    {
        var path = Path.Combine(folder, "seed.gguf");
        using (var writer = GgufWriter.Create(path, keys.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)), tensors))
        {
            for (var i = 0; i < tensors.Length; i++)
            {
                var data = new byte[tensors[i].Bytes];
                new Random(i).NextBytes(data);
                writer.Write(i, 0, data);
            }
            writer.Complete();
        }
        return File.ReadAllBytes(path);
    }
}
