using Geobuk.Cli.Runs;

namespace Geobuk.Cli;

/// <summary>The chain: which code does which step, on what.</summary>
internal static class Steps
{
    /// <summary>In the order in which they run.</summary>
    public static IReadOnlyList<StepDefinition> All { get; } = [];
}
