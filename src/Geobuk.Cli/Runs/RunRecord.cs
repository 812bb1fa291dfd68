namespace Geobuk.Cli.Runs;

/// <summary>State of a run; the file run.json in its folder.</summary>
internal sealed record RunRecord
{
    public const string FileName = "run.json";

    public required string Name { get; init; }
    public required string RecipeHash { get; init; }
    public required string ToolVersion { get; init; }
    public required DateTime Started { get; init; }
    public DateTime? Finished { get; init; }
    public required IReadOnlyList<RunStep> Steps { get; init; }
    /// <summary>The report, relative to the run folder.</summary>
    public string? Report { get; init; }
}
