using Geobuk.Recipes;
using Geobuk.Training.Distillation;
using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>A teacher's stored probabilities of every next token.</summary>
internal sealed class DistillationObjective(TrainConfig config, TeacherStore store) : IObjective
{
    /// <inheritdoc/>
    public double Units(PackedBatch batch) => batch.WeightSum;

    /// <inheritdoc/>
    public Tensor Backward(CausalLanguageModel model, MicroBatch batch, double scale)
    {
        var (ids, logs) = store.Answers(batch.Sequences);
        using (ids)
        using (logs)
            return ChunkedCrossEntropy.Sum(model, batch.Sequences, scale, new LossTerms { ZLoss = config.ZLoss, Answers = new SparseAnswers(ids, logs, config.Distillation!.Share) });
    }
}
