using Geobuk.Recipes;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>The next token, of documents or of an assistant's turns: the weights of the rows tell which.</summary>
/// <param name="config">Its z-loss and replay weight.</param>
/// <param name="teacher">Answers for replayed text, or null.</param>
internal sealed class TokenObjective(TrainConfig config, CausalLanguageModel? teacher = null) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => batch.WeightSum;

    /// <inheritdoc/>
    public Tensor Backward(CausalLanguageModel model, MicroBatch batch, double scale) => ChunkedCrossEntropy.Sum(model, batch.Sequences, scale,
        new LossTerms { ZLoss = config.ZLoss, Teacher = teacher, Replayed = batch.Replayed, ReplayWeight = config.ReplayWeight });
}
