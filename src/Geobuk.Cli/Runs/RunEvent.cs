using Geobuk.Recipes;

namespace Geobuk.Cli.Runs;

/// <summary>Something that happened in a run, for whoever shows it.</summary>
/// <param name="Step">The step as it is now.</param>
/// <param name="Report">Its progress, while it runs.</param>
/// <param name="Note">A few words more, such as why an artifact is made again.</param>
internal sealed record RunEvent(RunStep Step, StepReport? Report = null, string? Note = null);
