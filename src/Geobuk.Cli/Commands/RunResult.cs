using Geobuk.Cli.Runs;

namespace Geobuk.Cli.Commands;

/// <summary>What <c>geobuk run --json</c> prints.</summary>
/// <param name="Run">The run's folder.</param>
/// <param name="Steps">Its steps; the artifact is a folder.</param>
/// <param name="Report">The report page, if there is one.</param>
internal sealed record RunResult(string Run, IReadOnlyList<RunStep> Steps, string? Report)
{
    public static RunResult Of(RunOutcome outcome) => new(outcome.Folder, [.. outcome.Record.Steps.Select(step => step with
    {
        Artifact = step.Artifact is null ? null : Path.GetRelativePath(Environment.CurrentDirectory, outcome.Store.FolderOf(step.Artifact)),
    })], outcome.Report);
}
