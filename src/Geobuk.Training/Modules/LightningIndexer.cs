using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// The indexer of sparse attention (DeepSeek-V3.2): score(q, p) = sum over heads of w_h relu(q_h k_p) / sqrt(heads * size), and a
/// query reads the positions of the highest scores. It only steers that choice: nothing in it gets a gradient.
/// </summary>
public sealed class LightningIndexer : nn.Module
{
    private const double KeyNormEpsilon = 1e-6;

    private readonly AdaptableLinear wq_b;
    private readonly AdaptableLinear wk;
    private readonly TorchSharp.Modules.LayerNorm k_norm;
    private readonly AdaptableLinear weights_proj;
    private readonly IndexerConfig _config;
    private readonly int _rotary;

    /// <summary>The indexer of one layer.</summary>
    public LightningIndexer(ModelConfig model, int queryRank, IndexerConfig config, Device device) : base(nameof(LightningIndexer))
    {
        (_config, _rotary) = (config, model.RotarySize);
        wq_b = new AdaptableLinear(queryRank, config.Heads * config.HeadSize, false, device);
        wk = new AdaptableLinear(model.HiddenSize, config.HeadSize, false, device);
        k_norm = nn.LayerNorm(config.HeadSize, KeyNormEpsilon, device: device);
        weights_proj = new AdaptableLinear(model.HiddenSize, config.Heads, false, device);
        RegisterComponents();
        foreach (var parameter in parameters()) parameter.requires_grad = false;
    }

    /// <summary>Called with every mask that the indexer has narrowed, bool [B, 1, T, keys].</summary>
    public Action<Tensor>? Observer { get; set; }

    /// <summary>The mask without the positions that score too low; unchanged while there are no more keys than a query reads.</summary>
    /// <param name="inputs">Angles, mask and cache.</param>
    /// <param name="x">Normed input [B, T, H], for keys and head weights.</param>
    /// <param name="queryLatent">Normed latent [B, T, rank], for the queries.</param>
    public Tensor Restrict(AttentionInputs inputs, Tensor x, Tensor queryLatent)
    {
        using var still = no_grad();
        var keys = Rotate(k_norm.forward(wk.forward(x)).unsqueeze(1), inputs);
        if (inputs.Cache is { } cache) keys = cache.Extend("index keys", keys, 2);
        var mask = keys.shape[2] <= _config.TopK ? inputs.Mask : Best(inputs, Scores(inputs, keys, x, queryLatent));
        Observer?.Invoke(mask);
        return mask;
    }

    /// <summary>[B, T, keys], head by head so that memory stays T x keys.</summary>
    private Tensor Scores(AttentionInputs inputs, Tensor keys, Tensor x, Tensor queryLatent)
    {
        var queries = Rotate(wq_b.forward(queryLatent).SplitLast(_config.Heads, _config.HeadSize).transpose(1, 2), inputs).to(float32);
        var weights = weights_proj.forward(x).to(float32);
        var transposed = keys.squeeze(1).to(float32).transpose(1, 2);
        var sum = zeros([x.shape[0], x.shape[1], keys.shape[2]], float32, x.device);
        for (var h = 0; h < _config.Heads; h++)
            sum += matmul(queries.select(1, h), transposed).relu() * weights.narrow(-1, h, 1);
        return sum / Math.Sqrt((double)_config.Heads * _config.HeadSize);
    }

    private Tensor Best(AttentionInputs inputs, Tensor scores)
    {
        var allowed = inputs.Mask.squeeze(1);
        // Equal scores are common (relu gives zeros): the earlier key goes first, wherever in a packed sequence the document lies.
        var (_, order) = scores.masked_fill(~allowed, double.NegativeInfinity).sort(-1, descending: true, stable: true);
        var indices = order.narrow(-1, 0, _config.TopK);
        var chosen = zeros_like(allowed).scatter(-1, indices, ones([], @bool, scores.device).expand(indices.shape));
        return (chosen & allowed).unsqueeze(1);
    }

    /// <summary>Turns the first elements, as halves.</summary>
    private Tensor Rotate(Tensor heads, AttentionInputs inputs) =>
        cat([inputs.RotateHalves(heads.narrow(-1, 0, _rotary)), heads.narrow(-1, _rotary, _config.HeadSize - _rotary)], -1);
}
