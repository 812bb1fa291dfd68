namespace Geobuk.Evaluation.Statistics;

/// <summary>A share of successes with its confidence interval; all three are fractions.</summary>
/// <param name="N">Trials.</param>
/// <param name="Score">Successes divided by trials; 0 where there were none.</param>
/// <param name="Low">Lower bound.</param>
/// <param name="High">Upper bound.</param>
public sealed record ScoreInterval(int N, double Score, double Low, double High);
