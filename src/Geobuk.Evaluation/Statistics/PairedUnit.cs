namespace Geobuk.Evaluation.Statistics;

/// <summary>
/// What two models scored on the same unit of resampling: one question (weight 1), a cluster of questions of one
/// source, or one document (weight = its tokens, values = its summed losses).
/// </summary>
/// <param name="Weight">Items or tokens in the unit.</param>
/// <param name="First">Sum over the unit for the first model.</param>
/// <param name="Second">Sum over the unit for the second model.</param>
public readonly record struct PairedUnit(double Weight, double First, double Second);
