namespace Geobuk.Inference.Weights;

/// <summary>One decoder layer.</summary>
internal sealed record LayerWeights(
    NormWeights AttentionNorm,
    AttentionWeights Attention,
    LinearWeights AttentionOutput,
    NormWeights FeedForwardNorm,
    FeedForwardWeights FeedForward);

/// <summary>RMSNorm, and where the model gates it, y * sigmoid(Up silu(Down y)) of its result y.</summary>
internal sealed record NormWeights(float[] Scale, LinearWeights? GateDown, LinearWeights? GateUp);

/// <summary>What makes queries, keys and values.</summary>
internal abstract record AttentionWeights;

/// <summary>Grouped-query attention.</summary>
internal sealed record GroupedAttentionWeights(LinearWeights Query, LinearWeights Key, LinearWeights Value) : AttentionWeights;

/// <summary>Latent attention; KeyUp is [heads, latent, plain part], ValueUp [heads, value, latent]. Query reads the normed latent where there is one, else the input.</summary>
internal sealed record LatentAttentionWeights(
    QueryLatentWeights? QueryLatent,
    LinearWeights Query,
    LinearWeights? Gate,
    LinearWeights KeyValueDown,
    float[] KeyValueNorm,
    WeightTensor KeyUp,
    WeightTensor ValueUp,
    IndexerWeights? Indexer) : AttentionWeights;

/// <summary>What makes the latent of the queries.</summary>
internal sealed record QueryLatentWeights(LinearWeights Down, float[] Norm);

/// <summary>The indexer of sparse attention; its keys pass a LayerNorm.</summary>
internal sealed record IndexerWeights(LinearWeights Query, LinearWeights Key, float[] KeyNormScale, float[] KeyNormBias, LinearWeights HeadWeights);

/// <summary>What follows attention in a layer.</summary>
internal abstract record FeedForwardWeights;

/// <summary>One gated MLP.</summary>
internal sealed record MlpWeights(LinearWeights Gate, LinearWeights Up, LinearWeights Down) : FeedForwardWeights;

/// <summary>A mixture of experts; the stacks are [experts, outputs, inputs].</summary>
internal sealed record MixtureWeights(
    LinearWeights Router,
    float[] Correction,
    WeightTensor Gate,
    WeightTensor Up,
    WeightTensor Down,
    MlpWeights? Shared,
    float[]? PostNorm) : FeedForwardWeights;
