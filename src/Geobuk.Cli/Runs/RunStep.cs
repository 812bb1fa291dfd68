namespace Geobuk.Cli.Runs;

/// <summary>A step within a run.</summary>
/// <param name="Name">The step.</param>
/// <param name="State">Where it is.</param>
/// <param name="Artifact">Id of its artifact once there is one.</param>
/// <param name="Seconds">Duration of its process in this run.</param>
internal sealed record RunStep(string Name, StepState State, string? Artifact, double Seconds);
