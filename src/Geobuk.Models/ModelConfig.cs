using System.Text;
using System.Text.Json.Nodes;

namespace Geobuk.Models;

/// <summary>The typed, validated content of a checkpoint's config.json.</summary>
public sealed record ModelConfig
{
    /// <summary>Architecture.</summary>
    public required ModelFamily Family { get; init; }
    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }
    /// <summary>Width of the gated MLP.</summary>
    public required int IntermediateSize { get; init; }
    /// <summary>Number of decoder layers.</summary>
    public required int LayerCount { get; init; }
    /// <summary>Number of query heads.</summary>
    public required int HeadCount { get; init; }
    /// <summary>Number of key and value heads.</summary>
    public required int KeyValueHeadCount { get; init; }
    /// <summary>Width of one head's query and key.</summary>
    public required int HeadSize { get; init; }
    /// <summary>Rows of the embedding.</summary>
    public required int VocabularySize { get; init; }
    /// <summary>Longest context.</summary>
    public required int MaxPositions { get; init; }
    /// <summary>Epsilon of every RMSNorm.</summary>
    public required double NormEpsilon { get; init; }
    /// <summary>Rotary positions.</summary>
    public required RopeConfig Rope { get; init; }
    /// <summary>The output projection is the embedding.</summary>
    public bool TieWordEmbeddings { get; init; }
    /// <summary>Biases on q, k and v; of latent attention on the projections into the latents.</summary>
    public bool QueryKeyValueBias { get; init; }
    /// <summary>Bias on the attention output (attention_bias).</summary>
    public bool AttentionOutputBias { get; init; }
    /// <summary>Biases on the MLP.</summary>
    public bool MlpBias { get; init; }
    /// <summary>Beginning of sequence, if the model has one.</summary>
    public int? BosTokenId { get; init; }
    /// <summary>Tokens that end a generation, as config.json names them.</summary>
    public IReadOnlyList<int> EosTokenIds { get; init; } = [];
    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;
    /// <summary>Latent attention; null means grouped-query attention.</summary>
    public LatentAttentionConfig? Latent { get; init; }
    /// <summary>Experts; null means an ordinary MLP in every layer.</summary>
    public MixtureConfig? Mixture { get; init; }
    /// <summary>Rank of the gate on the norms (input norms, and post-attention norms of mixture layers); 0 means no gate.</summary>
    public int GatedNormRank { get; init; }

    /// <summary>Elements of a head that RoPE turns.</summary>
    public int RotarySize => Latent?.RotaryHeadSize ?? HeadSize;
    /// <summary>In checkpoints RoPE turns element i with element i + half of a head's turned part; else neighbours.</summary>
    public bool RotatesHalves => Latent?.RotatesHalves ?? true;
    /// <summary>Width of a head's value.</summary>
    public int ValueHeadSize => Latent?.ValueHeadSize ?? HeadSize;
    /// <summary>
    /// What q k^T is multiplied with: 1 / sqrt(head size), and for latent attention the square of YaRN's mscale_all_dim term.
    /// </summary>
    public double AttentionScale => (Latent is null ? 1 : Math.Pow(Rope.SoftmaxScale(), 2)) / Math.Sqrt(HeadSize);

    /// <summary>Whether a layer has experts.</summary>
    public bool IsMixture(int layer) => Mixture is { } mixture && !mixture.DenseLayers.Contains(layer);

    /// <summary>Reads config.json in a Hugging Face folder.</summary>
    /// <exception cref="UserInputException">Names the file and every key that is missing or impossible.</exception>
    public static ModelConfig Load(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
            throw new UserInputException($"{path}: no such file; expected the configuration of a Hugging Face model folder. Point to a folder with config.json, *.safetensors and tokenizer.json.");
        return LoadFile(path);
    }

    /// <summary>Reads a config.json under any name.</summary>
    /// <exception cref="UserInputException">Names the file and every key that is missing or impossible.</exception>
    public static ModelConfig LoadFile(string path) => new ModelConfigReader(JsonFile.ReadObject(path), path).Read();

    /// <summary>Reads the text of a config.json; <paramref name="place"/> names it in errors.</summary>
    public static ModelConfig Parse(string json, string place) => new ModelConfigReader(JsonFile.ParseObject(Encoding.UTF8.GetBytes(json), place), place).Read();

    /// <summary>The config.json that Hugging Face tools read for this model.</summary>
    /// <param name="dataType">torch_dtype of the saved tensors, such as bfloat16.</param>
    public JsonObject ToJson(string dataType)
    {
        var root = new JsonObject
        {
            ["architectures"] = new JsonArray(Family.Architecture),
            ["model_type"] = Family.Name,
            ["hidden_act"] = "silu",
            ["hidden_size"] = HiddenSize,
            ["intermediate_size"] = IntermediateSize,
            ["num_hidden_layers"] = LayerCount,
            ["num_attention_heads"] = HeadCount,
            ["num_key_value_heads"] = KeyValueHeadCount,
            ["vocab_size"] = VocabularySize,
            ["max_position_embeddings"] = MaxPositions,
            ["rms_norm_eps"] = NormEpsilon,
            ["rope_theta"] = Rope.Theta,
            ["rope_scaling"] = RopeScalingJson(),
            ["tie_word_embeddings"] = TieWordEmbeddings,
            ["initializer_range"] = InitializerRange,
            ["torch_dtype"] = dataType,
            ["use_cache"] = true,
        };
        if (BosTokenId is { } bos) root["bos_token_id"] = bos;
        if (EosTokenIds.Count == 1) root["eos_token_id"] = EosTokenIds[0];
        if (EosTokenIds.Count > 1) root["eos_token_id"] = new JsonArray([.. EosTokenIds.Select(id => (JsonNode)id)]);
        Family.Write(this, root);
        return root;
    }

    private JsonObject? RopeScalingJson() => Rope.Scaling switch
    {
        RopeScaling.Linear => new JsonObject { ["rope_type"] = "linear", ["factor"] = Rope.Factor },
        RopeScaling.Llama3 => new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = Rope.Factor,
            ["low_freq_factor"] = Rope.LowFrequencyFactor,
            ["high_freq_factor"] = Rope.HighFrequencyFactor,
            ["original_max_position_embeddings"] = Rope.OriginalMaxPositions,
        },
        RopeScaling.Yarn => YarnJson(),
        _ => null,
    };

    private JsonObject YarnJson()
    {
        var node = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = Rope.Factor,
            ["original_max_position_embeddings"] = Rope.OriginalMaxPositions,
            ["beta_fast"] = Rope.BetaFast,
            ["beta_slow"] = Rope.BetaSlow,
        };
        if (Rope.AttentionFactor is { } factor) node["attention_factor"] = factor;
        if (Rope.MScale is { } scale) node["mscale"] = scale;
        if (Rope.MScaleAllDimensions is { } all) node["mscale_all_dim"] = all;
        return node;
    }
}
