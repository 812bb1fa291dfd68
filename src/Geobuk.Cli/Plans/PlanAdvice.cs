namespace Geobuk.Cli.Plans;

/// <summary>A setting that makes a step quicker and changes nothing else.</summary>
/// <param name="Step">The step.</param>
/// <param name="Set">Settings, as --set takes them.</param>
/// <param name="Seconds">What the step then takes.</param>
internal sealed record PlanAdvice(string Step, IReadOnlyList<string> Set, double Seconds);
