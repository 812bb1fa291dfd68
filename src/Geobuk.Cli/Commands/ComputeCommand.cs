using System.CommandLine;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compute</c>: shared pools of devices.</summary>
internal static class ComputeCommand
{
    public static Command Create() => new("compute", "Share pools of GPUs: queue, quotas, preemption that keeps work, accounting.")
    {
        SimulateCommand.Create(),
    };
}
