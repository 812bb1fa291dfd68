using Geobuk.Training.Modules;
using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>What the loss core adds to the cross entropy of the tokens themselves.</summary>
public sealed record LossTerms
{
    /// <summary>How much each prediction counts, float32 [predictions], of any sign; null takes the batch's weights.</summary>
    public Tensor? Weights { get; init; }
    /// <summary>Weight of the squared log of the denominator (de Brebisson and Vincent 2016; PaLM, arXiv:2204.02311).</summary>
    public double ZLoss { get; init; }
    /// <summary>Answers for replayed text; null learns every token.</summary>
    public CausalLanguageModel? Teacher { get; init; }
    /// <summary>Those sequences of the batch, in its order, that hold replayed text; the teacher reads no others.</summary>
    public PackedBatch? Replayed { get; init; }
    /// <summary>How much a token counts that the teacher answers for.</summary>
    public double ReplayWeight { get; init; } = 1;
    /// <summary>A teacher's stored answers for every prediction.</summary>
    public SparseAnswers? Answers { get; init; }
}
