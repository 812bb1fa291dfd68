namespace Geobuk.Cli.Runs;

/// <summary>How a run ended.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Store">Where its artifacts lie.</param>
/// <param name="Record">Its steps.</param>
/// <param name="Failure">Why it stopped early; null when it did not.</param>
internal sealed record RunOutcome(string Folder, ArtifactStore Store, RunRecord Record, Failure? Failure)
{
    /// <summary>Path of the report page, if there is one.</summary>
    public string? Report => Record.Report is { } name ? Path.Combine(Folder, name) : null;
}
