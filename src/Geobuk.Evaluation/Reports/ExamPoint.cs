namespace Geobuk.Evaluation.Reports;

/// <summary>The exam at a validation during training.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Score">Share answered rightly.</param>
/// <param name="Change">Against the base on the same questions, in pairs; null in files that do not say.</param>
internal sealed record ExamPoint(int Step, double Score, MergeChange? Change);
