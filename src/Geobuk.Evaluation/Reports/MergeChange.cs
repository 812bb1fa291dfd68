namespace Geobuk.Evaluation.Reports;

/// <summary>Change of the mean loss against the base, nats per token, with its 95 % interval; null where one document does not give one.</summary>
internal sealed record MergeChange(double? Change, double? Low, double? High, int Documents);
