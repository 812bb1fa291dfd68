namespace Geobuk.Evaluation.Reports;

/// <summary>A shard of the corpus: training or validation, domain or general.</summary>
internal sealed record CorpusSet(string Name, long Documents, long Tokens);
