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
    private const string All = "all", Tenant = "tenant";

    public static Command Create()
    {
        var trace = new Option<string>("--trace") { Description = "A file of jobs, or one packed by gzip.", HelpName = "FILE", Required = true };
        var format = new Option<string>("--format") { Description = $"Its format: {string.Join(", ", TraceReader.Formats)}.", HelpName = "NAME", Required = true };
        var pool = new Option<string[]>("--pool") { Description = "What it is replayed on: 256 (devices), 60x8 (nodes of eight), 60x8+28x4, or a .json file of pools and tenants; and what becomes of it: 128,2026-11-30=64 or pools.json,+3d=lent:64 or pools.json,+3d=after.json. Several are compared. Without it as many devices as the header of the trace says.", HelpName = "SPEC" };
        var gpus = new Option<int?>("--gpus") { Description = "Devices of the pool; the same as --pool N.", HelpName = "N" };
        var policy = new Option<string[]>("--policy") { Description = $"One of {string.Join(", ", Policies.Names)}, or {All}; several are compared.", HelpName = "NAME", DefaultValueFactory = _ => [Policies.Default] };
        var load = new Option<double[]>("--load") { Description = "Stretch the times of submission until the pool is asked for this share of what it has; several are compared.", HelpName = "X" };
        var node = new Option<int?>("--node-gpus") { Description = "With --gpus, devices of a node; without it only numbers count.", HelpName = "N" };
        var start = new Option<string?>("--start") { Description = "The day or time (UTC) at which the trace began, where it does not say or another is wanted: loans, reservations and changes on a day count from it.", HelpName = "DAY" };
        var restart = new Option<double>("--restart") { Description = "Seconds a preempted job needs to come back.", DefaultValueFactory = _ => 30 };
        var tenants = new Option<bool>("--tenants") { Description = "The trace's groups are tenants with equal shares; else all jobs are one tenant's." };
        var by = new Option<string?>("--by") { Description = $"{Tenant}: also what each tenant, or group of the trace, got.", HelpName = "CUT" };
        var csv = new Option<bool>("--csv") { Description = "Comma-separated values." };
        var svg = new Option<string?>("--svg") { Description = "Also write a picture of the devices held and waited for over time.", HelpName = "FILE" };
        foreach (var several in new Option[] { pool, policy, load }) several.AllowMultipleArgumentsPerToken = true;
        return Verb.Create("simulate", "Replay a trace, or this service's journal: compare policies, and what would be if the pool were another or became one.",
            "geobuk compute simulate --trace lublin_256.swf --format swf --pool 256 --policy easy conservative --load 0.85",
            [trace, format, pool, gpus, policy, load, node, start, restart, tenants, by, csv, svg], (arguments, output, cancellation) =>
            {
                // What a shell ends at a space, people write with commas; a pool's commas are its own.
                var policies = (arguments.GetValue(policy) ?? []).SelectMany(names => names.Split(',')).SelectMany(name => name == All ? Policies.Names : [name]).ToList();
                foreach (var name in policies) _ = Policies.Of(name);
                if (arguments.GetValue(by) is { } cut && cut != Tenant) throw new UserInputException($"--by: {cut}; expected {Tenant}.");
                if (arguments.GetValue(restart) is not (>= 0 and < 1e9)) throw new UserInputException($"--restart: {arguments.GetValue(restart)}; expected 0 or more seconds, less than 1000000000. 30 is usual.");
                double? origin = arguments.GetValue(start) is { } day ? PoolChange.Time(day, "--start") is (var at, true) ? at : throw new UserInputException($"--start: {day}; expected a day or time (UTC) such as 2026-11-30 or 2026-11-30T09:00.") : null;
                var pools = (arguments.GetValue(pool) ?? []).Select(text => SimulatedPool.Parse(text, FromFile)).ToList();
                if (arguments.GetValue(gpus) is { } devices) pools.Add(SimulatedPool.Of(devices, arguments.GetValue(node)));
                var loads = arguments.GetValue(load) is { Length: > 0 } wanted ? wanted.Select(value => (double?)value).ToArray() : [null];
                var jobs = TraceReader.Read(arguments.GetRequiredValue(trace), arguments.GetRequiredValue(format));
                foreach (var remark in jobs.Remarks) output.Remark(remark);
                if (pools.Count == 0)
                {
                    pools.Add(SimulatedPool.Of(jobs.Devices ?? throw new UserInputException("--pool: missing; expected what the trace is replayed on, such as 256 (devices) or 60x8 (nodes of eight). Its header says nothing.")));
                    output.Remark($"--pool {jobs.Devices}, as the header of the trace says");
                }
                var results = new List<SimulationResult>();
                using (var progress = output.Progress())
                    foreach (var on in pools)
                    {
                        if (on.HasCalendar && (origin ?? jobs.Origin) is null) progress.Line($"{on.Name}: its loans and reservations are left out, for the trace does not say when it began; --start DAY does");
                        foreach (var share in loads)
                            foreach (var name in policies)
                            {
                                var options = new SimulationOptions { Pool = on, Load = share, Origin = origin, RestartSeconds = arguments.GetValue(restart), Tenants = arguments.GetValue(tenants) };
                                results.Add(Simulator.Run(jobs, name, options, progress.Of($"{name} on {on.Name}"), cancellation));
                            }
                    }
                foreach (var result in results.Where(result => result.LeftOut > 0)) output.Remark($"{result.Policy} on {result.Pool}: {Counted.Of(result.LeftOut, "job")} could never start there and {(result.LeftOut == 1 ? "was" : "were")} left out; the first: {result.LeftOutBecause}");
                foreach (var result in results.Where(result => result.Unfinished > 0)) output.Remark($"{result.Policy} on {result.Pool}: {Counted.Of(result.Unfinished, "job")} still {(result.Unfinished == 1 ? "waits" : "wait")} when all else is over: their budget is spent, or what they need is gone");
                if (arguments.GetValue(svg) is { } picture) File.WriteAllText(picture, SimulationTable.Picture(results));
                var isByTenant = arguments.GetValue(by) is not null;
                if (!isByTenant && output.Json) results = [.. results.Select(result => result with { Tenants = [] })];
                if (results is [var only]) output.Result(only, console => Show(console, results));
                else output.Result(new { Results = results }, console => Show(console, results));
                return Task.FromResult(ExitCode.Done);

                void Show(IAnsiConsole console, IReadOnlyList<SimulationResult> all)
                {
                    if (arguments.GetValue(csv)) Console.Out.Write(SimulationTable.Csv(all, isByTenant));
                    else if (all is [var only]) Tell(console, only);
                    else console.Write(Compared(all));
                    if (isByTenant && !arguments.GetValue(csv)) console.Write(ByTenant(all));
                }
            });
    }

    private static SimulatedPool FromFile(string path)
    {
        var config = ComputeConfig.Load(path);
        return new SimulatedPool(path, config.Pools, config.Tenants) { Reservations = config.Reservations, MinRunSeconds = config.MinRunSeconds, CheckpointDeadlineSeconds = config.CheckpointDeadlineSeconds };
    }

    private static void Tell(IAnsiConsole console, SimulationResult result)
    {
        console.WriteLine($"{result.Policy}: {Counted.Of(result.Jobs, "job")} on {Counted.Of(result.Gpus, "device")}, load {result.Load:0.000}");
        console.WriteLine($"average wait {result.AverageWaitSeconds:0} s, 95 % within {result.P95WaitSeconds:0} s, average completion {result.AverageCompletionSeconds:0} s, bounded slowdown {result.BoundedSlowdown:0.0}");
        console.WriteLine($"utilization {result.Utilization:0.000}, {Counted.Of(result.Preemptions, "preemption")}, {result.LostDeviceSeconds:0} device-seconds lost, {result.DecisionsPerSecond:0} decisions/s");
        if (result.Cancelled + result.Stopped > 0) console.WriteLine($"{Counted.Of(result.Cancelled, "job")} cancelled, {result.Stopped} stopped after as long as they might run");
        if (result.Forecast is { } forecast)
            console.WriteLine($"starts foretold to {Counted.Of(forecast.Jobs, "waiting job")}: {forecast.Coverage:P1} within the interval, median width {forecast.MedianWidthSeconds:0} s, median wait {forecast.MedianWaitSeconds:0} s");
    }

    private static Table Compared(IReadOnlyList<SimulationResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).Caption("times in seconds, lost in device-seconds").AddColumns("pool", "load", "policy", "jobs", "wait", "95 %", "completion", "slowdown", "used", "preempted", "lost", "foretold");
        foreach (var column in table.Columns.Skip(3)) column.RightAligned();
        foreach (var result in results)
            table.AddRow(new[]
            {
                result.Pool, Text(result.Load, "0.000"), result.Policy, $"{result.Jobs}", Text(result.AverageWaitSeconds, "0"), Text(result.P95WaitSeconds, "0"), Text(result.AverageCompletionSeconds, "0"),
                Text(result.BoundedSlowdown, "0.0"), Text(100 * result.Utilization, "0.0") + " %", $"{result.Preemptions}", Text(result.LostDeviceSeconds, "0"), result.Forecast is { } forecast ? Text(100 * forecast.Coverage, "0.0") + " %" : "-",
            }.Select(Markup.Escape).ToArray());
        return table;
    }

    private static Table ByTenant(IReadOnlyList<SimulationResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded).Caption("times in seconds").AddColumns("pool", "policy", "tenant", "jobs", "wait", "completion", "slowdown", "device-seconds");
        foreach (var column in table.Columns.Skip(3)) column.RightAligned();
        foreach (var (result, tenant) in results.SelectMany(result => result.Tenants.Select(tenant => (result, tenant))))
            table.AddRow(new[] { result.Pool, result.Policy, tenant.Tenant, $"{tenant.Jobs}", Text(tenant.AverageWaitSeconds, "0"), Text(tenant.AverageCompletionSeconds, "0"), Text(tenant.BoundedSlowdown, "0.0"), Text(tenant.DeviceSeconds, "0") }.Select(Markup.Escape).ToArray());
        return table;
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
