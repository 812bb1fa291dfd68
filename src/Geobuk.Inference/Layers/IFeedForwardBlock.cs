using Geobuk.Inference.Weights;

namespace Geobuk.Inference.Layers;

/// <summary>residual += what a layer computes of each token alone, from normed.</summary>
internal interface IFeedForwardBlock
{
    /// <summary>Computes one layer.</summary>
    void Run(LayerWeights layer);
}
