namespace Geobuk.Cli.Plans;

/// <summary>What a step needs and the machine does not have.</summary>
/// <param name="Step">The step.</param>
/// <param name="Resource">memory, gpu memory or disk.</param>
/// <param name="NeededBytes">By the recipe as it is.</param>
/// <param name="AvailableBytes">Here, or on the described GPU.</param>
/// <param name="Set">The nearest setting that would fit, as --set takes it; empty where none would.</param>
/// <param name="Remedy">The same in words.</param>
internal sealed record PlanProblem(string Step, string Resource, long NeededBytes, long AvailableBytes, IReadOnlyList<string> Set, string Remedy);
