namespace Geobuk.Evaluation.Reports;

/// <summary>Score within one topic.</summary>
/// <param name="Topic">As in the exam file.</param>
/// <param name="N">Questions.</param>
/// <param name="Score">Share answered rightly.</param>
public sealed record TopicScore(string Topic, int N, double Score);
