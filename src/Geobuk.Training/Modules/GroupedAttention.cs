using Geobuk.Models;
using Geobuk.Training.Kernels;
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
        var (q, k, v) = inputs.Cache is null && Blocks.CanUse(x) ? Joined(x, inputs) : Reference(x, inputs);
        if (inputs.Cache is { } cache) (k, v) = (cache.Extend("keys", k, 2), cache.Extend("values", v, 2));
        var mixed = inputs.Attend(q, k, v);
        return o_proj.forward(mixed.transpose(1, 2).reshape(batch, time, -1));
    }

    /// <summary>Queries, keys and values out of one product, turned by one kernel.</summary>
    private (Tensor Queries, Tensor Keys, Tensor Values) Joined(Tensor x, AttentionInputs inputs)
    {
        using var scope = NewDisposeScope();
        AdaptableLinear[] layers = [q_proj, k_proj, v_proj];
        var plain = layers.All(layer => layer.IsPlainFor(x));
        var all = plain ? JoinedLinearFunction.apply(x, q_proj.Weight, k_proj.Weight, v_proj.Weight) : cat([.. layers.Select(layer => layer.forward(x))], -1);
        var heads = SplitHeadsFunction.apply(all, inputs.Cosine.contiguous(), inputs.Sine.contiguous(), _config.HeadCount, _config.KeyValueHeadCount);
        return (heads[0].MoveToOuterDisposeScope(), heads[1].MoveToOuterDisposeScope(), heads[2].MoveToOuterDisposeScope());
    }

    /// <summary>The same written with tensors, for devices without the kernel and for decoding with a cache.</summary>
    internal (Tensor Queries, Tensor Keys, Tensor Values) Reference(Tensor x, AttentionInputs inputs)
    {
        return (inputs.RotateHalves(Heads(q_proj.forward(x), _config.HeadCount)),
            inputs.RotateHalves(Heads(k_proj.forward(x), _config.KeyValueHeadCount)),
            Heads(v_proj.forward(x), _config.KeyValueHeadCount));

        Tensor Heads(Tensor projected, int heads) => projected.view(x.shape[0], x.shape[1], heads, _config.HeadSize).transpose(1, 2);
    }
}
