using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>What a micro-batch teaches. The loop is the same for all of them.</summary>
internal interface IObjective
{
    /// <summary>What the loss of an optimizer step is divided by, this batch's part: tokens, pairs.</summary>
    double Units(PackedBatch batch);

    /// <summary>Adds the gradients of (sum of losses) * <paramref name="scale"/> and returns the sum of losses, float64 [], in the caller's scope.</summary>
    Tensor Backward(CausalLanguageModel model, MicroBatch batch, double scale);
}
