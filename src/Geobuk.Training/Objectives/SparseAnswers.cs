using static TorchSharp.torch;

namespace Geobuk.Training.Objectives;

/// <summary>A teacher's most probable tokens for every prediction of a batch; what is left of its probability stays one sum.</summary>
/// <param name="Ids">Their ids, int64 [predictions, k].</param>
/// <param name="Logs">Their log-probabilities, float32 [predictions, k].</param>
/// <param name="Share">Share of the teacher in the loss; the rest is the token itself.</param>
public sealed record SparseAnswers(Tensor Ids, Tensor Logs, double Share);
