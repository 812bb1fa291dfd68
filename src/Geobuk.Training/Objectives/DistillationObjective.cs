using Geobuk.Recipes;
using Geobuk.Training.Distillation;
using Geobuk.Training.Modules;

namespace Geobuk.Training.Objectives;

/// <summary>A teacher's stored probabilities of every next token.</summary>
internal sealed class DistillationObjective(TrainConfig config, TeacherStore store) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => batch.WeightSum;

    /// <inheritdoc/>
    public double Backward(CausalLanguageModel model, MicroBatch batch, double scale)
    {
        var (ids, logs) = store.Answers(batch.Sequences);
        using (ids)
        using (logs)
            return ChunkedCrossEntropy.Backward(model, batch.Sequences, scale, new LossTerms { ZLoss = config.ZLoss, Answers = new SparseAnswers(ids, logs, config.Distillation!.Share) });
    }
}
