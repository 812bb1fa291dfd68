using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Layers;

/// <summary>residual += Wo attention(normed).</summary>
internal interface IAttentionBlock
{
    /// <summary>Scratch bytes of one worker for sequences of up to so many tokens.</summary>
    long ScratchBytes(int length);

    /// <summary>Computes the attention of one layer; keys and values of the step's tokens go to their caches.</summary>
    void Run(LayerWeights layer, int index);
}
