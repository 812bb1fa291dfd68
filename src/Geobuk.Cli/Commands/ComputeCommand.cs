using System.CommandLine;
using Geobuk.Cli.Pools;
using Geobuk.Cli.Runs;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Service;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Server.Pools;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compute</c>: shared pools of devices.</summary>
internal static class ComputeCommand
{
    private const int MostSlots = 10_000;

    /// <summary>Where the service keeps, and its clients find, its state.</summary>
    public static Option<string> State() => new("--state") { Description = "Folder of the service: database, logs, results.", HelpName = "DIR", DefaultValueFactory = _ => ComputeClient.DefaultFolder };

    public static Command Create(IReadOnlyList<StepDefinition> steps)
    {
        var command = new Command("compute", "Share pools of GPUs: queue, quotas, preemption that keeps work, accounting.") { Up() };
        command.Add(ComputeJobCommands.Submit(steps));
        command.Add(ComputeJobCommands.List());
        command.Add(ComputeJobCommands.Show());
        command.Add(ComputeJobCommands.Logs());
        command.Add(ComputeJobCommands.Cancel());
        command.Add(ComputeJobCommands.WriteJournal());
        command.Add(ComputeViewCommands.Pools());
        command.Add(ComputeViewCommands.Tenants());
        command.Add(ComputeViewCommands.Usage());
        command.Add(ComputeViewCommands.Reconcile());
        command.Add(ComputeFileCommands.Files());
        command.Add(ComputeFileCommands.Loans());
        command.Add(ComputeViewCommands.Grant());
        command.Add(ComputeViewCommands.Keys());
        command.Add(ComputeViewCommands.Drain());
        command.Add(ComputeViewCommands.Audit());
        command.Add(SimulateCommand.Create());
        command.Add(Bench());
        return command;
    }

    private static Command Bench()
    {
        var queued = new Option<int>("--queued") { Description = "Jobs that wait.", DefaultValueFactory = _ => 10_000 };
        var nodes = new Option<int>("--nodes") { Description = "Nodes of eight devices.", DefaultValueFactory = _ => 1000 };
        var cycles = new Option<int>("--cycles") { Description = "Passes over the queue.", DefaultValueFactory = _ => 200 };
        return Verb.Create("bench", "Measure the scheduler alone: passes over a full queue on a full cluster.", "geobuk compute bench --queued 10000 --nodes 1000", [queued, nodes, cycles], (arguments, output, _) =>
        {
            var result = SchedulerBenchmark.Run(arguments.GetValue(nodes), arguments.GetValue(queued), arguments.GetValue(cycles));
            output.Result(result, console => console.WriteLine($"{result.Queued} queued, {Counted.Of(result.Nodes, "node")}: {result.DecisionsPerSecond:0} decisions/s, cycle p50 {result.P50Milliseconds:0.0} ms, p99 {result.P99Milliseconds:0.0} ms, {Counted.Of(result.Decisions, "decision")} in {Counted.Of(result.Cycles, "cycle")}"));
            return Task.FromResult(ExitCode.Done);
        });
    }

    private static Command Up()
    {
        var url = new Option<string>("--urls") { Description = "The address.", DefaultValueFactory = _ => "http://127.0.0.1:8090" };
        var config = new Option<string?>("--config") { Description = "Pools and tenants in JSON; without it this machine's cores and GPUs.", HelpName = "FILE" };
        var database = new Option<string?>("--database") { Description = "A PostgreSQL connection string; SQLite in the state folder by default.", HelpName = "TEXT" };
        var slots = new Option<int?>("--slots") { Description = "Cores of the local pool; as many as there are by default.", HelpName = "N" };
        var certificate = new Option<string?>("--tls-cert") { Description = "A PEM certificate for an https address.", HelpName = "FILE" };
        var certificateKey = new Option<string?>("--tls-key") { Description = "Its PEM key, where the certificate's file does not hold it.", HelpName = "FILE" };
        var state = State();
        return Verb.Create("up", "Serve the pools: API, page, scheduler. Jobs go on running when it stops.", "geobuk compute up", [url, config, database, slots, certificate, certificateKey, state], async (arguments, output, cancellation) =>
        {
            if (arguments.GetValue(slots) is < 1 or > MostSlots) throw new UserInputException($"--slots: {arguments.GetValue(slots)}; expected 1 to {MostSlots}. As many as cores is usual.");
            var tls = arguments.GetValue(certificate) is { } shown ? (shown, arguments.GetValue(certificateKey)) : ((string, string?)?)null;
            if (tls is null && arguments.GetValue(certificateKey) is not null) throw new UserInputException("--tls-key: without a certificate; expected --tls-cert beside it.");
            var pools = arguments.GetValue(config) is { } file ? ComputeConfig.Load(file, ThisMachine) : ThisMachine();
            await ComputeServer.RunAsync(pools, arguments.GetRequiredValue(state), arguments.GetValue(database), arguments.GetRequiredValue(url), tls, cancellation);
            return ExitCode.Done;

            ComputeConfig ThisMachine()
            {
                var gpus = LocalGpus.Find("gpus", out var problem);
                if (problem is not null) Console.Error.WriteLine($"{problem}; this machine's cores are given out, no GPUs. Mend the driver and start again.");
                else if (gpus is not null) Console.Error.WriteLine($"GPUs of this machine: {gpus.Devices} x {gpus.Kind} (--kind {gpus.Kind}, or gpu for any).");
                return ComputeConfig.Local(arguments.GetValue(slots), gpus);
            }
        });
    }
}
