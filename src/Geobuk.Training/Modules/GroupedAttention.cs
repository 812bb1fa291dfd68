using Geobuk.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>Grouped-query attention with half-split RoPE; masked softmax(q k^T / sqrt(d)) v.</summary>
public sealed class GroupedAttention : AttentionModule
{
    private readonly AdaptableLinear q_proj;
    private readonly AdaptableLinear k_proj;
    private readonly AdaptableLinear v_proj;
    private readonly AdaptableLinear o_proj;
    private readonly ModelConfig _config;

    /// <summary>The attention of one layer.</summary>
    public GroupedAttention(ModelConfig config, Device device) : base(nameof(GroupedAttention))
    {
        _config = config;
        var (queries, keys) = (config.HeadCount * config.HeadSize, config.KeyValueHeadCount * config.HeadSize);
        q_proj = new AdaptableLinear(config.HiddenSize, queries, config.QueryKeyValueBias, device);
        k_proj = new AdaptableLinear(config.HiddenSize, keys, config.QueryKeyValueBias, device);
        v_proj = new AdaptableLinear(config.HiddenSize, keys, config.QueryKeyValueBias, device);
        o_proj = new AdaptableLinear(queries, config.HiddenSize, config.AttentionOutputBias, device);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, AttentionInputs inputs)
    {
        var (batch, time) = (x.shape[0], x.shape[1]);
        var q = inputs.RotateHalves(Heads(q_proj.forward(x), _config.HeadCount));
        var k = inputs.RotateHalves(Heads(k_proj.forward(x), _config.KeyValueHeadCount));
        var v = Heads(v_proj.forward(x), _config.KeyValueHeadCount);
        if (inputs.Cache is { } cache) (k, v) = (cache.Extend("keys", k, 2), cache.Extend("values", v, 2));
        var groups = _config.HeadCount / _config.KeyValueHeadCount;
        if (groups > 1) (k, v) = (k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1));
        var mixed = nn.functional.scaled_dot_product_attention(q, k, v, inputs.Mask);
        return o_proj.forward(mixed.transpose(1, 2).reshape(batch, time, -1));

        Tensor Heads(Tensor projected, int heads) => projected.view(batch, time, heads, _config.HeadSize).transpose(1, 2);
    }
}
