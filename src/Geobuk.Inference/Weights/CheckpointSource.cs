using System.Text.RegularExpressions;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Weights;

/// <summary>Weights of a Hugging Face folder, used in the stored F32, F16 or BF16.</summary>
internal sealed unsafe partial class CheckpointSource : IWeightSource
{
    /// <summary>GGUF stem to checkpoint stem; {0} is the layer.</summary>
    private static readonly Dictionary<string, string> s_stems = new()
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
        ["attn_norm"] = "model.layers.{0}.input_layernorm",
        ["attn_q"] = "model.layers.{0}.self_attn.q_proj",
        ["attn_k"] = "model.layers.{0}.self_attn.k_proj",
        ["attn_v"] = "model.layers.{0}.self_attn.v_proj",
        ["attn_output"] = "model.layers.{0}.self_attn.o_proj",
        ["ffn_norm"] = "model.layers.{0}.post_attention_layernorm",
        ["ffn_gate"] = "model.layers.{0}.mlp.gate_proj",
        ["ffn_up"] = "model.layers.{0}.mlp.up_proj",
        ["ffn_down"] = "model.layers.{0}.mlp.down_proj",
    };

    private readonly Checkpoint _checkpoint;

    private CheckpointSource(ModelConfig config, Checkpoint checkpoint) => (Config, _checkpoint) = (config, checkpoint);

    public string Place => _checkpoint.Folder;
    public ModelConfig Config { get; }
    public RotaryLayout RotaryLayout => RotaryLayout.HalfSplit;
    public long FileBytes => _checkpoint.FileBytes;

    /// <summary>Older checkpoints carry the RoPE frequencies, and some a copy of a tied head: neither is used.</summary>
    public IEnumerable<string> NativeNames => _checkpoint.Tensors.Keys
        .Where(name => !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
        .Where(name => !(Config.TieWordEmbeddings && name == "lm_head.weight"));

    public static CheckpointSource Open(string folder)
    {
        var config = ModelConfig.Load(folder);
        return new CheckpointSource(config, Checkpoint.Open(folder));
    }

    public string NativeName(string ggufName)
    {
        var match = GgufName().Match(ggufName);
        return string.Format(s_stems[match.Groups["stem"].Value], match.Groups["layer"].Value) + match.Groups["kind"].Value;
    }

    public WeightTensor? Find(string ggufName)
    {
        var name = NativeName(ggufName);
        return _checkpoint.Tensors.TryGetValue(name, out var tensor)
            ? new WeightTensor(name, Type(tensor), tensor.Shape, _checkpoint.Pointer(name))
            : null;
    }

    public Tokenizer? ReadTokenizer() => File.Exists(Path.Combine(Place, "tokenizer.json")) ? Tokenizer.Load(Place) : null;

    public void Dispose() => _checkpoint.Dispose();

    private GgmlType Type(SafetensorsTensor tensor) => tensor.DataType switch
    {
        TensorDataType.F32 => GgmlType.F32,
        TensorDataType.F16 => GgmlType.F16,
        TensorDataType.BF16 => GgmlType.BF16,
        _ => throw new UserInputException($"{Place}: tensor {tensor.Name} is {tensor.DataType}; expected F32, F16 or BF16. Quantized checkpoints are not read: take the original weights or a GGUF file."),
    };

    [GeneratedRegex(@"^(blk\.(?<layer>\d+)\.)?(?<stem>[a-z_]+)(?<kind>\.weight|\.bias)$")]
    private static partial Regex GgufName();
}
