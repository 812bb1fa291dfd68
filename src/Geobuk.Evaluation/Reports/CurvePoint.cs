namespace Geobuk.Evaluation.Reports;

/// <summary>A value at an optimizer step.</summary>
internal readonly record struct CurvePoint(int Step, double Value);
