using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Reflection;
using Geobuk.Cli.Plans;
using Geobuk.Cli.Pools;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Geobuk.Compute.Access;
using Geobuk.Compute.Jobs;
using Geobuk.Compute.Pools;
using Geobuk.Compute.Scheduling;
using Geobuk.Compute.Simulation;
using Geobuk.Compute.Wording;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Recipes.Reading;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary>Verbs about jobs of the compute service.</summary>
internal static class ComputeJobCommands
{
    // Jobs whose reason to wait a list shows; the service finds each anew.
    private const int Explained = 50;

    public static Command Submit(IReadOnlyList<StepDefinition> steps)
    {
        var words = new Argument<string[]>("COMMAND") { Description = "A recipe, which becomes one job per step, or a program with its arguments after --.", Arity = ArgumentArity.OneOrMore };
        var name = new Option<string?>("--name") { Description = "For people." };
        var tenant = new Option<string?>("--tenant") { Description = "Who pays; the key's own by default.", HelpName = "PATH" };
        var devices = new Option<int>("--devices", "--gpus") { Description = "Devices of each worker.", DefaultValueFactory = _ => 1 };
        var workers = new Option<int>("--workers") { Description = "Workers, which start together or not at all.", DefaultValueFactory = _ => 1 };
        var kind = new Option<string?>("--kind") { Description = "Kind of device; gpu takes GPUs of any kind." };
        var pool = new Option<string?>("--pool") { Description = "Pool." };
        var label = new Option<DataLabel>("--label") { Description = "The most sensitive data it reads." };
        var priority = new Option<int>("--priority") { Description = "0 to 100.", DefaultValueFactory = _ => 50 };
        var topology = new Option<Topology>("--topology") { Description = "How close the workers must be." };
        var estimate = new Option<double?>("--estimate") { Description = "Expected seconds.", HelpName = "S" };
        var most = new Option<double?>("--max-run") { Description = "Most seconds of work, all its starts together.", HelpName = "S" };
        var preemptible = new Option<bool>("--preemptible") { Description = "It checkpoints on SIGTERM and exits with 75." };
        var retries = new Option<int>("--retries") { Description = "How often a failure is tried again." };
        var after = new Option<long[]>("--after") { Description = "Jobs that must be done before.", HelpName = "ID" };
        var folder = new Option<string?>("--folder") { Description = "Where it runs; a folder of its own by default, this one for a recipe.", HelpName = "DIR" };
        var unplanned = new Option<bool>("--no-plan") { Description = "Do not try for some seconds, as geobuk plan does, how long each step of a recipe will take; --estimate says it instead." };
        var runs = RecipeOptions.Runs();
        var set = RecipeOptions.Set();
        var torch = new TorchDeviceOptions();
        var state = ComputeCommand.State();
        return Verb.Create("submit", "Submit a recipe or any command. With --device cuda a recipe's training takes GPUs, its other steps do not.", "geobuk compute submit recipes/quickstart.yaml",
            [words, name, tenant, devices, workers, kind, pool, label, priority, topology, estimate, most, preemptible, retries, after, folder, unplanned, runs, set, .. torch.Symbols, state], async (arguments, output, cancellation) =>
            {
                if (arguments.GetRequiredValue(words).FirstOrDefault(word => word.StartsWith('-')) is { } option && !arguments.Tokens.Any(token => token.Type == TokenType.DoubleDash))
                    throw new UserInputException($"{option}: not an option of submit. What belongs to the program comes after --: geobuk compute submit -- PROGRAM {option}");
                var request = new JobRequest
                {
                    Command = arguments.GetRequiredValue(words), Name = arguments.GetValue(name), Tenant = arguments.GetValue(tenant), Devices = arguments.GetValue(devices),
                    Workers = arguments.GetValue(workers), Kind = arguments.GetValue(kind), Pool = arguments.GetValue(pool), Label = arguments.GetValue(label), Priority = arguments.GetValue(priority),
                    Topology = arguments.GetValue(topology), EstimateSeconds = arguments.GetValue(estimate), MaxRunSeconds = arguments.GetValue(most), Preemptible = arguments.GetValue(preemptible),
                    Retries = arguments.GetValue(retries), After = arguments.GetValue(after) ?? [], Folder = arguments.GetValue(folder) is { } place ? Path.GetFullPath(place) : null,
                };
                // The service checks again; here a number that JSON cannot write is told too.
                if (request.Problems() is { Count: > 0 } problems) throw new UserInputException(problems);
                torch.ApplyLibrary(arguments);
                var chain = Chain(request, steps, arguments.GetRequiredValue(runs), arguments.GetValue(set) ?? [], torch.Words(arguments),
                    plan: !arguments.GetValue(unplanned) && request.EstimateSeconds is null, output).ToList();
                using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
                var jobs = new List<JobRecord>();
                try
                {
                    foreach (var one in chain)
                        jobs.Add(await client.AskAsync<JobRecord>(HttpMethod.Post, "jobs", jobs.Count == 0 ? one : one with { After = [jobs[^1].Id] }, cancellation));
                }
                catch (UserInputException)
                {
                    // All steps or none.
                    foreach (var job in jobs.AsEnumerable().Reverse()) await client.AskAsync<JobRecord>(HttpMethod.Delete, $"jobs/{job.Id}", null, cancellation);
                    throw;
                }
                output.Result(new { Jobs = jobs.Select(job => job.Id) }, console =>
                {
                    foreach (var job in jobs) console.WriteLine($"job {job.Id}: {job.Request.Name ?? string.Join(' ', job.Request.Command)}");
                });
                return ExitCode.Done;
            });
    }

    public static Command List()
    {
        var all = new Option<bool>("--all") { Description = "Also jobs that are over." };
        var state = ComputeCommand.State();
        return Verb.Create("ps", "List jobs.", "geobuk compute ps --all", [all, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<JobList>(HttpMethod.Get, "jobs", null, cancellation);
            var jobs = answer.Jobs.Where(job => arguments.GetValue(all) || !job.IsOver).ToList();
            var waits = new Dictionary<long, string>();
            foreach (var job in jobs.Where(job => job.Phase == JobPhase.Pending).Take(Explained))
                if ((await client.AskAsync<JobAnswer>(HttpMethod.Get, $"jobs/{job.Id}?brief", null, cancellation)).Why is { Chain: [var first, ..] }) waits[job.Id] = first.Found.ToString();
            output.Result(new { Jobs = jobs, Waits = waits }, console =>
            {
                var table = new Table().Border(TableBorder.Rounded).AddColumns("job", "tenant", "name", "state", "devices", "where", "why");
                foreach (var job in jobs)
                    table.AddRow(new[] { $"{job.Id}", job.Tenant, job.Request.Name ?? job.Request.Command[0], job.Phase.ToString().ToLowerInvariant(), $"{job.Devices}", string.Join(' ', job.Nodes), waits.GetValueOrDefault(job.Id) ?? job.Reason?.ToString() ?? "" }.Select(Cell.Of).ToArray());
                console.Write(table);
            });
            return ExitCode.Done;
        });
    }

    private static string Described(CheckpointReport report) => string.Join(", ", new[]
    {
        report.SavedAt is { } saved ? $"saved at {Time(saved)}" : "not saved yet",
        report.StepSeconds is { } step ? string.Create(CultureInfo.InvariantCulture, $"a step takes {step:0.##} s") : null,
        report.CheckpointSeconds is { } cost ? string.Create(CultureInfo.InvariantCulture, $"a checkpoint {cost:0.##} s") : null,
        report.SavesWhenAsked ? null : "does not save when asked",
    }.OfType<string>());

    public static Command Show()
    {
        var (id, state) = (Id(), ComputeCommand.State());
        var show = Verb.Create("show", "Show a job: where it is, or why it waits, what would start it, and when it will start.", "geobuk compute show 12", [id, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var answer = await client.AskAsync<JobAnswer>(HttpMethod.Get, $"jobs/{arguments.GetValue(id)}", null, cancellation);
            output.Result(answer, console =>
            {
                console.WriteLine($"job {answer.Job.Id}: {answer.Job.Phase.ToString().ToLowerInvariant()} {string.Join(' ', answer.Job.Nodes)} {Cell.Plain(answer.Job.Reason?.ToString() ?? "")}");
                if (answer.Job is { IsOver: false, Confinement: { } confinement }) console.WriteLine($"  in {confinement}");
                if (answer.Job is { IsOver: false, Checkpoints: { } report }) console.WriteLine($"  {Described(report)}");
                foreach (var link in answer.Why?.Chain ?? []) console.WriteLine($"  {link.Gate.ToString().ToLowerInvariant()}: {Cell.Plain(link.Found.ToString())}");
                if (answer.Why?.Change is { } change) console.WriteLine($"  would start with: {change}");
                if (answer.Why?.Blocker is { } blocker) console.WriteLine($"  {blocker}");
                if (answer.StartsUntil is > 0 and var until) console.WriteLine($"  expected to start between {Time(answer.StartsFrom!.Value)} and {Time(until)} (four times in five)");
            });
            return ExitCode.Done;
        });
        show.Aliases.Add("why");
        return show;
    }

    public static Command Logs()
    {
        var (id, state) = (Id(), ComputeCommand.State());
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the job is over, through requeues." };
        return Verb.Create("logs", "Print what a job printed.", "geobuk compute logs 12 --follow", [id, follow, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var (job, offset, all) = (arguments.GetValue(id), 0L, new System.Text.StringBuilder());
            while (true)
            {
                var over = (await client.AskAsync<JobAnswer>(HttpMethod.Get, $"jobs/{job}", null, cancellation)).Job.IsOver;
                while (await client.LogAsync(job, offset, cancellation) is { Text.Length: > 0 } chunk)
                {
                    offset = chunk.Next;
                    if (output.Json) all.Append(chunk.Text);
                    else Console.Out.Write(chunk.Text);
                }
                if (over || !arguments.GetValue(follow)) break;
                await Task.Delay(300, cancellation);
            }
            if (output.Json) output.Result(new { Text = all.ToString() }, _ => { });
            return ExitCode.Done;
        });
    }

    public static Command Cancel()
    {
        var (id, state) = (Id(), ComputeCommand.State());
        return Verb.Create("cancel", "End a job.", "geobuk compute cancel 12", [id, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var job = await client.AskAsync<JobRecord>(HttpMethod.Delete, $"jobs/{arguments.GetValue(id)}", null, cancellation);
            output.Result(job, console => console.WriteLine($"job {job.Id}: {Cell.Plain(job.Reason?.ToString() ?? job.Phase.ToString().ToLowerInvariant())}"));
            return ExitCode.Done;
        });
    }

    public static Command WriteJournal()
    {
        var target = new Option<string>("--out") { Description = "The file to write.", HelpName = "FILE", Required = true };
        var state = ComputeCommand.State();
        return Verb.Create("journal", "Write what ran, runs and waits as a trace for simulate --format journal.", "geobuk compute journal --out journal.jsonl", [target, state], async (arguments, output, cancellation) =>
        {
            using var client = ComputeClient.Connect(arguments.GetRequiredValue(state));
            var jobs = await client.JobsAsync(cancellation);
            IReadOnlyList<AuditEntry>? audit = null;
            try
            {
                audit = await client.AuditAsync(cancellation);
            }
            catch (UserInputException fault)
            {
                output.Remark($"{fault.Message} The journal lacks drained nodes and changes of the configuration.");
            }
            var lines = Journal.Lines(jobs, audit, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0).ToList();
            await File.WriteAllLinesAsync(arguments.GetRequiredValue(target), lines, cancellation);
            var open = jobs.Count(job => !job.IsOver);
            var over = lines.Count(line => line.Contains("\"submitted\":", StringComparison.Ordinal)) - open;
            output.Result(new { Jobs = over, Open = open }, console => console.WriteLine($"{Counted.Of(over, "job")} that {(over == 1 ? "is" : "are")} over and {open} that {(open == 1 ? "is" : "are")} not written to {arguments.GetRequiredValue(target)}"));
            return ExitCode.Done;
        });
    }

    private static Argument<long> Id() => new("JOB") { Description = "Its number." };

    private static string Time(double seconds) => DateTimeOffset.FromUnixTimeSeconds((long)seconds).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss");

    /// <summary>A recipe becomes one job per step; each runs the chain up to its step, which skips what those before it made.</summary>
    private static IEnumerable<JobRequest> Chain(JobRequest request, IReadOnlyList<StepDefinition> steps, string runs, string[] overrides, IReadOnlyList<string> torch, bool plan, Output output)
    {
        var onGpu = torch.Any(word => word.StartsWith("cuda", StringComparison.Ordinal));
        if (request.Command is not [var path] || Path.GetExtension(path) is not (".yaml" or ".yml"))
        {
            if (torch.Count > 0) throw new UserInputException($"{torch[0]}: is for a recipe's training; expected a recipe, or the option after -- for a program that has one. Leave it out.");
            yield return request;
            yield break;
        }
        var recipe = RecipeReader.Load(path, overrides);
        var expected = plan ? Planned(path, overrides, runs, onGpu ? request.Kind : null, output) : [];
        foreach (var step in steps.Where(step => step.Part(recipe) is not null))
            yield return request with
            {
                // A step's workers are processes of one job, with a GPU each.
                Kind = !onGpu ? request.Kind : step.OnDevice ? request.Kind ?? NodeConfig.AnyGpu : null,
                Devices = !onGpu ? request.Devices : step.OnDevice ? Math.Max(request.Devices, step.Workers(recipe)) : 1,
                EstimateSeconds = expected.TryGetValue(step.Name, out var seconds) && (!onGpu || !step.OnDevice || GpuKind.Knows(request.Kind)) ? seconds : request.EstimateSeconds,
                Name = $"{recipe.Name}/{step.Name}",
                Folder = request.Folder ?? Environment.CurrentDirectory,
                Preemptible = request.Preemptible || step.Resumable,
                Command = [.. Self(), "run", path, "--runs", Path.GetFullPath(runs), "--until", step.Name, .. overrides.SelectMany(text => new[] { "--set", text }), .. torch],
            };
    }

    /// <summary>Seconds of each step by its name; of a training on GPUs as their maker describes them. Empty where it cannot be told: a job may be submitted all the same.</summary>
    private static Dictionary<string, double> Planned(string path, string[] overrides, string runs, string? kind, Output output)
    {
        try
        {
            var recipe = RecipeReader.Load(path, overrides, bareModels: true);
            var model = PlannedModel.Of(recipe.Base);
            var speed = MachineSpeed.Measure(model, recipe, GpuKind.Knows(kind) ? GpuKind.Parse(kind) : null, runs);
            return new RunPlan(recipe, model, CorpusSize.Of(recipe), speed).Steps().ToDictionary(step => step.Name, step => step.Seconds);
        }
        catch (Exception fault) when (fault is UserInputException or DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            // Whoever submits need not have what the jobs need, such as libtorch.
            output.Remark($"how long the steps will take is not known here: {fault.Message.Split('\n')[0]}");
            return [];
        }
    }

    private static string[] Self()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("this process has no path");
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, Assembly.GetEntryAssembly()!.Location] : [program];
    }

    private sealed record JobList(IReadOnlyList<JobRecord> Jobs);

    private sealed record JobAnswer(JobRecord Job, Explanation? Why, double? StartsFrom, double? StartsUntil);
}
