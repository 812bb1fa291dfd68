namespace Geobuk.Evaluation.Reports;

/// <summary>What the report is made of. A null path means that the run has no such step.</summary>
public sealed record ReportInputs
{
    /// <summary>Name of the run.</summary>
    public required string RunName { get; init; }
    /// <summary>The recipe as it was run, overrides applied.</summary>
    public required string RecipeText { get; init; }
    /// <summary>SHA-256 of the canonical recipe.</summary>
    public required string RecipeHash { get; init; }
    /// <summary>The command that runs it again.</summary>
    public required string Command { get; init; }
    /// <summary>Version of the tool.</summary>
    public required string ToolVersion { get; init; }
    /// <summary>When the report was made.</summary>
    public required DateTimeOffset Created { get; init; }
    /// <summary>Finished artifacts, parents before children.</summary>
    public required IReadOnlyList<ArtifactSummary> Artifacts { get; init; }
    /// <summary>corpus.json.</summary>
    public string? CorpusReport { get; init; }
    /// <summary>metrics.jsonl.</summary>
    public string? Metrics { get; init; }
    /// <summary>merge.json.</summary>
    public string? Merge { get; init; }
    /// <summary>evaluation.json.</summary>
    public string? Evaluation { get; init; }
    /// <summary>compress.json.</summary>
    public string? Compression { get; init; }
    /// <summary>The machine, name to value; null describes this one.</summary>
    public IReadOnlyDictionary<string, string>? Machine { get; init; }
}
