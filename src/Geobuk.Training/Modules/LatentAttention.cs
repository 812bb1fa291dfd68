using Geobuk.Models;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434): queries out of a normed latent, keys and values out of another,
/// one rotated key part shared by all heads; RoPE turns neighbours, or halves where the configuration says so. Optionally gated
/// outputs and a sparse indexer (A.X K2), or queries straight out of the input.
/// </summary>
public sealed class LatentAttention : AttentionModule
{
    private readonly AdaptableLinear? q_proj;
    private readonly AdaptableLinear? q_a_proj;
    private readonly RmsNorm? q_a_layernorm;
    private readonly AdaptableLinear? q_b_proj;
    private readonly AdaptableLinear kv_a_proj_with_mqa;
    private readonly RmsNorm kv_a_layernorm;
    private readonly AdaptableLinear kv_b_proj;
    private readonly AdaptableLinear o_proj;
    private readonly LightningIndexer? indexer;
    private readonly LatentAttentionConfig _latent;
    private readonly int _heads;
    private readonly double _queryScale;

    /// <summary>The attention of one layer.</summary>
    public LatentAttention(ModelConfig config, Device device) : base(nameof(LatentAttention))
    {
        var latent = _latent = config.Latent!;
        _heads = config.HeadCount;
        // The library divides by the square root of the head size; what the model scales beyond that goes into the queries.
        _queryScale = config.AttentionScale * Math.Sqrt(config.HeadSize);
        if (latent.QueryRank is { } rank)
        {
            q_a_proj = new AdaptableLinear(config.HiddenSize, rank, config.QueryKeyValueBias, device);
            q_a_layernorm = new RmsNorm(rank, LatentAttentionConfig.NormEpsilon, device);
            q_b_proj = latent.OutputGate
                ? new FusedQueryGate(_heads, latent.KeyHeadSize, latent.ValueHeadSize, rank, device)
                : new AdaptableLinear(rank, _heads * latent.KeyHeadSize, false, device);
            if (latent.Indexer is { } sparse) indexer = new LightningIndexer(config, rank, sparse, device);
        }
        else q_proj = new AdaptableLinear(config.HiddenSize, _heads * latent.KeyHeadSize, false, device);
        kv_a_proj_with_mqa = new AdaptableLinear(config.HiddenSize, latent.CacheWidth, config.QueryKeyValueBias, device);
        kv_a_layernorm = new RmsNorm(latent.KeyValueRank, LatentAttentionConfig.NormEpsilon, device);
        kv_b_proj = new AdaptableLinear(latent.KeyValueRank, _heads * (latent.PlainHeadSize + latent.ValueHeadSize), false, device);
        o_proj = new AdaptableLinear(_heads * latent.ValueHeadSize, config.HiddenSize, config.AttentionOutputBias, device);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, AttentionInputs inputs)
    {
        var (batch, time) = (x.shape[0], x.shape[1]);
        var compressed = q_a_proj?.forward(x) ?? x;
        var normed = q_a_layernorm?.forward(compressed) ?? x;
        var (q, gate) = q_b_proj is FusedQueryGate fused
            ? fused.Project(normed, compressed)
            : ((q_b_proj ?? q_proj!).forward(normed).view(batch, time, _heads, _latent.KeyHeadSize), null);
        var (k, v) = KeysAndValues(x, inputs);
        q = q.transpose(1, 2);
        q = cat([Part(q, 0, _latent.PlainHeadSize), Rotate(inputs, Part(q, _latent.PlainHeadSize, _latent.RotaryHeadSize))], -1);
        if (_queryScale != 1) q = q.Times(_queryScale);
        var mask = indexer is null ? inputs.Mask : indexer.Restrict(inputs, x, normed);
        var mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2);
        if (gate is not null) mixed = mixed * gate.to(float32).sigmoid().to(mixed.dtype);
        return o_proj.forward(mixed.reshape(batch, time, -1));
    }

    /// <summary>Keys [B, heads, T, plain + rotary] and values [B, heads, T, value] of all tokens; the cache holds them as latents.</summary>
    private (Tensor Keys, Tensor Values) KeysAndValues(Tensor x, AttentionInputs inputs)
    {
        var projected = kv_a_proj_with_mqa.forward(x);
        var latents = kv_a_layernorm.forward(Part(projected, 0, _latent.KeyValueRank));
        var rotated = Rotate(inputs, Part(projected, _latent.KeyValueRank, _latent.RotaryHeadSize).unsqueeze(1));
        if (inputs.Cache is { } cache) (latents, rotated) = (cache.Extend("latents", latents, 1), cache.Extend("rotated", rotated, 2));
        var heads = kv_b_proj.forward(latents).SplitLast(_heads, _latent.PlainHeadSize + _latent.ValueHeadSize).transpose(1, 2);
        var keys = cat([Part(heads, 0, _latent.PlainHeadSize), rotated.expand(-1, _heads, -1, -1)], -1);
        return (keys, Part(heads, _latent.PlainHeadSize, _latent.ValueHeadSize));
    }

    private Tensor Rotate(AttentionInputs inputs, Tensor heads) => _latent.RotatesHalves ? inputs.RotateHalves(heads) : inputs.RotatePairs(heads);

    private static Tensor Part(Tensor values, long start, long length) => values.narrow(-1, start, length);
}
