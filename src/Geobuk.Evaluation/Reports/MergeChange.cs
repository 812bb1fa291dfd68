namespace Geobuk.Evaluation.Reports;

/// <summary>Change against the base, of the mean loss in nats per token or of an exam's score, with its 95 % interval; null where one document does not give one.</summary>
internal sealed record MergeChange(double? Change, double? Low, double? High, int Documents);
