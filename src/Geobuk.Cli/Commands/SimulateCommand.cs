using System.CommandLine;
using Geobuk.Cli.Terminal;
using Geobuk.Compute.Simulation;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk compute simulate</c>: the scheduler with a virtual clock.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var trace = new Option<string>("--trace") { Description = "A file of jobs.", HelpName = "FILE", Required = true };
        var format = new Option<string>("--format") { Description = $"Its format: {string.Join(", ", TraceReader.Formats)}.", HelpName = "NAME", Required = true };
        var gpus = new Option<int>("--gpus") { Description = "Devices of the pool.", HelpName = "N", Required = true };
        var policy = new Option<string>("--policy") { Description = $"One of {string.Join(", ", Policies.Names)}.", HelpName = "NAME", DefaultValueFactory = _ => Policies.Default };
        var load = new Option<double?>("--load") { Description = "Stretch the times of submission until the pool is asked for this share of what it has.", HelpName = "X" };
        var node = new Option<int?>("--node-gpus") { Description = "Devices of a node; without it only numbers count.", HelpName = "N" };
        var restart = new Option<double>("--restart") { Description = "Seconds a preempted job needs to come back.", DefaultValueFactory = _ => 30 };
        var tenants = new Option<bool>("--tenants") { Description = "The trace's groups are tenants with equal shares; else all jobs are one tenant's." };
        return Verb.Create("simulate", "Replay a trace, or this service's journal, under a policy.",
            "geobuk compute simulate --trace lublin_256.swf --format swf --gpus 256 --policy easy --load 0.85",
            [trace, format, gpus, policy, load, node, restart, tenants], (arguments, output, cancellation) =>
            {
                var options = new SimulationOptions
                {
                    Devices = arguments.GetValue(gpus),
                    NodeDevices = arguments.GetValue(node),
                    Load = arguments.GetValue(load),
                    RestartSeconds = arguments.GetValue(restart),
                    Tenants = arguments.GetValue(tenants),
                };
                var name = arguments.GetRequiredValue(policy);
                _ = Policies.Of(name);
                var result = Simulator.Run(TraceReader.Read(arguments.GetRequiredValue(trace), arguments.GetRequiredValue(format)), name, options, cancellation);
                output.Result(result, console =>
                {
                    console.WriteLine($"{result.Policy}: {result.Jobs} jobs on {result.Gpus} devices, load {result.Load:0.000}");
                    console.WriteLine($"average wait {result.AverageWaitSeconds:0} s, 95 % within {result.P95WaitSeconds:0} s, average completion {result.AverageCompletionSeconds:0} s, bounded slowdown {result.BoundedSlowdown:0.0}");
                    console.WriteLine($"utilization {result.Utilization:0.000}, {result.Preemptions} preemptions, {result.DecisionsPerSecond:0} decisions/s");
                    if (result.Forecast is { } forecast)
                        console.WriteLine($"starts foretold to {forecast.Jobs} waiting jobs: {forecast.Coverage:P1} within the interval, median width {forecast.MedianWidthSeconds:0} s, median wait {forecast.MedianWaitSeconds:0} s");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }
}
