using System.CommandLine;
using System.Globalization;
using Geobuk.Cli.Terminal;
using Geobuk.Compute.Service;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compute simulate</c>: the scheduler with a virtual clock.</summary>
internal static class SimulateCommand
{
    private const string All = "all";

    public static Command Create()
    {
        var trace = new Option<string>("--trace") { Description = "A file of jobs.", HelpName = "FILE", Required = true };
        var format = new Option<string>("--format") { Description = $"Its format: {string.Join(", ", TraceReader.Formats)}.", HelpName = "NAME", Required = true };
        var pool = new Option<string[]>("--pool") { Description = "What it is replayed on: 256 (devices), 60x8 (nodes of eight), 60x8+28x4, or a .json file of pools and tenants; several are compared.", HelpName = "SPEC" };
        var gpus = new Option<int?>("--gpus") { Description = "Devices of the pool; the same as --pool N.", HelpName = "N" };
        var policy = new Option<string[]>("--policy") { Description = $"One of {string.Join(", ", Policies.Names)}, or {All}; several are compared.", HelpName = "NAME", DefaultValueFactory = _ => [Policies.Default] };
        var load = new Option<double[]>("--load") { Description = "Stretch the times of submission until the pool is asked for this share of what it has; several are compared.", HelpName = "X" };
        var node = new Option<int?>("--node-gpus") { Description = "With --gpus, devices of a node; without it only numbers count.", HelpName = "N" };
        var restart = new Option<double>("--restart") { Description = "Seconds a preempted job needs to come back.", DefaultValueFactory = _ => 30 };
        var tenants = new Option<bool>("--tenants") { Description = "The trace's groups are tenants with equal shares; else all jobs are one tenant's." };
        foreach (var several in new Option[] { pool, policy, load }) several.AllowMultipleArgumentsPerToken = true;
        return Verb.Create("simulate", "Replay a trace, or this service's journal: compare policies, and what would be if the pool were another.",
            "geobuk compute simulate --trace lublin_256.swf --format swf --pool 256 --policy easy conservative --load 0.85",
            [trace, format, pool, gpus, policy, load, node, restart, tenants], (arguments, output, cancellation) =>
            {
                var policies = (arguments.GetValue(policy) ?? []).SelectMany(names => names.Split(',')).SelectMany(name => name == All ? Policies.Names : [name]).ToList();
                foreach (var name in policies) _ = Policies.Of(name);
                var pools = (arguments.GetValue(pool) ?? []).Select(PoolOf).ToList();
                if (arguments.GetValue(gpus) is { } devices) pools.Add(SimulatedPool.Of(devices, arguments.GetValue(node)));
                if (pools.Count == 0) throw new UserInputException("--pool: missing; expected what the trace is replayed on, such as 256 (devices) or 60x8 (nodes of eight).");
                var loads = arguments.GetValue(load) is { Length: > 0 } wanted ? wanted.Select(value => (double?)value).ToArray() : [null];
                var jobs = TraceReader.Read(arguments.GetRequiredValue(trace), arguments.GetRequiredValue(format));
                var results = new List<SimulationResult>();
                using (var progress = output.Progress())
                    foreach (var on in pools)
                        foreach (var share in loads)
                            foreach (var name in policies)
                            {
                                var options = new SimulationOptions { Pool = on, Load = share, RestartSeconds = arguments.GetValue(restart), Tenants = arguments.GetValue(tenants) };
                                results.Add(Simulator.Run(jobs, name, options, progress.Of($"{name} on {on.Name}"), cancellation));
                            }
                if (results is [var only]) output.Result(only, console => Tell(console, only));
                else output.Result(new { Results = results }, console => console.Write(Compared(results)));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static SimulatedPool PoolOf(string text) =>
        text.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && ComputeConfig.Load(text) is var config ? new SimulatedPool(text, config.Pools, config.Tenants) { MinRunSeconds = config.MinRunSeconds, CheckpointDeadlineSeconds = config.CheckpointDeadlineSeconds } : SimulatedPool.Parse(text);

    private static void Tell(IAnsiConsole console, SimulationResult result)
    {
        console.WriteLine($"{result.Policy}: {Counted.Of(result.Jobs, "job")} on {Counted.Of(result.Gpus, "device")}, load {result.Load:0.000}");
        console.WriteLine($"average wait {result.AverageWaitSeconds:0} s, 95 % within {result.P95WaitSeconds:0} s, average completion {result.AverageCompletionSeconds:0} s, bounded slowdown {result.BoundedSlowdown:0.0}");
        console.WriteLine($"utilization {result.Utilization:0.000}, {Counted.Of(result.Preemptions, "preemption")}, {result.DecisionsPerSecond:0} decisions/s");
        if (result.Forecast is { } forecast)
            console.WriteLine($"starts foretold to {Counted.Of(forecast.Jobs, "waiting job")}: {forecast.Coverage:P1} within the interval, median width {forecast.MedianWidthSeconds:0} s, median wait {forecast.MedianWaitSeconds:0} s");
    }

    private static Table Compared(IReadOnlyList<SimulationResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).Caption("times in seconds").AddColumns("pool", "load", "policy", "wait", "95 %", "completion", "slowdown", "used", "preempted", "foretold");
        foreach (var column in table.Columns.Skip(3)) column.RightAligned();
        string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        foreach (var result in results)
            table.AddRow(new[]
            {
                result.Pool, Text(result.Load, "0.000"), result.Policy, Text(result.AverageWaitSeconds, "0"), Text(result.P95WaitSeconds, "0"), Text(result.AverageCompletionSeconds, "0"),
                Text(result.BoundedSlowdown, "0.0"), Text(100 * result.Utilization, "0.0") + " %", $"{result.Preemptions}", result.Forecast is { } forecast ? Text(100 * forecast.Coverage, "0.0") + " %" : "-",
            }.Select(Markup.Escape).ToArray());
        return table;
    }
}
