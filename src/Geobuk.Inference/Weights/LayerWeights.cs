namespace Geobuk.Inference.Weights;

/// <summary>One decoder layer.</summary>
internal sealed record LayerWeights(
    float[] AttentionNorm,
    LinearWeights Query,
    LinearWeights Key,
    LinearWeights Value,
    LinearWeights AttentionOutput,
    float[] FeedForwardNorm,
    LinearWeights Gate,
    LinearWeights Up,
    LinearWeights Down);
