using Geobuk.Recipes;
using Geobuk.Training.Modules;

namespace Geobuk.Training.Objectives;

/// <summary>The next token, of documents or of an assistant's turns: the weights of the rows tell which.</summary>
/// <param name="config">Its z-loss and replay weight.</param>
/// <param name="teacher">Answers for replayed text, or null.</param>
internal sealed class TokenObjective(TrainConfig config, CausalLanguageModel? teacher = null) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => batch.WeightSum;

    /// <inheritdoc/>
    public double Backward(CausalLanguageModel model, MicroBatch batch, double scale) => ChunkedCrossEntropy.Backward(model, batch.Sequences, scale,
        new LossTerms { ZLoss = config.ZLoss, Teacher = teacher, Replayed = batch.Replayed, ReplayWeight = config.ReplayWeight });
}
