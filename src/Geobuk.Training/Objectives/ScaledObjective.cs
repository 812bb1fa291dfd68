using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>Another objective with its gradients times a factor.</summary>
internal sealed record ScaledObjective(IObjective Inner, double Factor) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => Inner.Units(batch);

    /// <inheritdoc/>
    public Tensor Backward(CausalLanguageModel model, MicroBatch batch, double scale) => Inner.Backward(model, batch, scale * Factor);
}
