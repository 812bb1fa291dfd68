using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Grouped-query attention with half-split RoPE; masked softmax(q k^T / sqrt(d)) v.</summary>
public sealed class Attention : nn.Module
{
    private readonly AdaptableLinear q_proj;
    private readonly AdaptableLinear k_proj;
    private readonly AdaptableLinear v_proj;
    private readonly AdaptableLinear o_proj;
    private readonly ModelConfig _config;

    /// <summary>The attention of one layer.</summary>
    public Attention(ModelConfig config, Device device) : base(nameof(Attention))
    {
        _config = config;
        var (queries, keys) = (config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);
        q_proj = new AdaptableLinear(config.HiddenSize, queries, config.QueryKeyValueBias, device);
        k_proj = new AdaptableLinear(config.HiddenSize, keys, config.QueryKeyValueBias, device);
        v_proj = new AdaptableLinear(config.HiddenSize, keys, config.QueryKeyValueBias, device);
        o_proj = new AdaptableLinear(queries, config.HiddenSize, config.AttentionOutputBias, device);
        RegisterComponents();
    }

    /// <summary>x [B, T, H]; cosine and sine [B, 1, T, d / 2]; mask [B, 1, T, T]; result [B, T, H].</summary>
    public Tensor forward(Tensor x, Tensor cosine, Tensor sine, Tensor mask)
    {
        var (batch, time) = (x.shape[0], x.shape[1]);
        var q = Rotate(Heads(q_proj.forward(x), _config.HeadCount), cosine, sine);
        var k = Rotate(Heads(k_proj.forward(x), _config.KeyValueHeadCount), cosine, sine);
        var v = Heads(v_proj.forward(x), _config.KeyValueHeadCount);
        var groups = _config.HeadCount / _config.KeyValueHeadCount;
        if (groups > 1) (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        var mixed = nn.functional.scaled_dot_product_attention(q, k, v, mask);
        return o_proj.forward(mixed.transpose(1, 2).reshape(batch, time, -1));

        Tensor Heads(Tensor projected, int heads) => projected.view(batch, time, heads, _config.HeadSize).transpose(1, 2);
    }

    private static Tensor Rotate(Tensor heads, Tensor cosine, Tensor sine)
    {
        var halves = heads.chunk(2, -1);
        return cat([halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine], -1);
    }
}
