using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Weights;

/// <summary>Finds the tensors that the layout asks for, all of them or none, and puts layers together.</summary>
internal sealed unsafe class WeightReader
{
    private readonly IWeightSource _source;
    private readonly ModelConfig _config;
    private readonly Dictionary<string, WeightTensor> _tensors = [];

    /// <exception cref="UserInputException">Names every tensor that is missing, superfluous or of another shape.</exception>
    public WeightReader(IWeightSource source)
    {
        (_source, _config) = (source, source.Config);
        foreach (var spec in source.Layout.Gguf.Where(spec => spec.Values is null))
            if (source.Find(spec) is { } tensor) _tensors[spec.Name] = tensor;
        LayoutCheck.Require(source.Place, _config, source.Layout, source.Names, name => _tensors.GetValueOrDefault(name)?.Shape);
    }

    /// <summary>Every tensor.</summary>
    public IEnumerable<WeightTensor> Tensors => _tensors.Values;

    public LayerWeights Layer(int layer)
    {
        var prefix = $"blk.{layer}.";
        return new LayerWeights(
            Norm(prefix + "attn_norm"),
            _config.Latent is { } latent ? LatentAttention(prefix, latent) : new GroupedAttentionWeights(Linear(prefix + "attn_q"), Linear(prefix + "attn_k"), Linear(prefix + "attn_v")),
            Linear(prefix + "attn_output"),
            Norm(prefix + "ffn_norm"),
            _config.IsMixture(layer) ? Mixture(prefix) : Mlp(prefix, ""));
    }

    public WeightTensor Matrix(string stem) => _tensors[stem + ".weight"];

    public float[] Vector(string name) => _tensors[name].ToPinnedSingle();

    public LinearWeights Linear(string stem) =>
        new(Matrix(stem), _tensors.ContainsKey(stem + ".bias") ? Vector(stem + ".bias") : null);

    /// <summary>The configuration's frequencies, divided by the file's rope_freqs where it has them (Llama 3 scaling in GGUF).</summary>
    public double[] InverseFrequencies()
    {
        var frequencies = _config.Rope.InverseFrequencies(_config.RotarySize);
        if (!_source.Names.Contains(LayoutCheck.RopeFactors)) return frequencies;
        var spec = new GgufTensorSpec(LayoutCheck.RopeFactors, [frequencies.Length], [], TensorRole.Attention) { RowLength = frequencies.Length, Locate = _ => default };
        var factors = _source.Find(spec)!;
        if (!factors.Shape.SequenceEqual(spec.Shape))
            throw new UserInputException($"{_source.Place}: tensor {LayoutCheck.RopeFactors} has shape [{string.Join(", ", factors.Shape)}]; expected [{frequencies.Length}], one factor per turned pair. Write or fetch the file again.");
        var values = factors.ToPinnedSingle();
        return [.. frequencies.Select((frequency, i) => frequency / values[i])];
    }

    private NormWeights Norm(string stem) => _tensors.ContainsKey(stem + "_gate_a.weight")
        ? new NormWeights(Vector(stem + ".weight"), Linear(stem + "_gate_a"), Linear(stem + "_gate_b"))
        : new NormWeights(Vector(stem + ".weight"), null, null);

    private LatentAttentionWeights LatentAttention(string prefix, LatentAttentionConfig latent) => new(
        latent.QueryRank is null ? null : new QueryLatentWeights(Linear(prefix + "attn_q_a"), Vector(prefix + "attn_q_a_norm.weight")),
        Linear(prefix + (latent.QueryRank is null ? "attn_q" : "attn_q_b")),
        latent.OutputGate ? Linear(prefix + "attn_gate") : null,
        Linear(prefix + "attn_kv_a_mqa"),
        Vector(prefix + "attn_kv_a_norm.weight"),
        Matrix(prefix + "attn_k_b"),
        Matrix(prefix + "attn_v_b"),
        latent.Indexer is null ? null : Indexer(prefix + "indexer."));

    private IndexerWeights Indexer(string prefix) => new(
        Linear(prefix + "attn_q_b"), Linear(prefix + "attn_k"), Vector(prefix + "k_norm.weight"), Vector(prefix + "k_norm.bias"), Linear(prefix + "proj"));

    private MixtureWeights Mixture(string prefix) => new(
        Linear(prefix + "ffn_gate_inp"),
        Vector(prefix + "exp_probs_b.bias"),
        Matrix(prefix + "ffn_gate_exps"),
        Matrix(prefix + "ffn_up_exps"),
        Matrix(prefix + "ffn_down_exps"),
        _config.Mixture!.SharedExperts > 0 ? Mlp(prefix, "_shexp") : null,
        _config.Family.PostMlpNorm ? Vector(prefix + "post_ffw_norm.weight") : null);

    private MlpWeights Mlp(string prefix, string suffix) =>
        new(Linear(prefix + "ffn_gate" + suffix), Linear(prefix + "ffn_up" + suffix), Linear(prefix + "ffn_down" + suffix));
}
