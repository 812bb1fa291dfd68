using System.CommandLine;
using Geobuk.Cli.Plans;
using Geobuk.Cli.Terminal;
using Geobuk.Recipes.Reading;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk plan</c>: what a recipe will need, before anything starts.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var recipe = RecipeOptions.Recipe();
        var set = RecipeOptions.Set();
        var runs = RecipeOptions.Runs();
        var gpu = new Option<string?>("--gpu") { Description = "Train on a GPU that is not here: h200, b200x8, or MEMORY:RATE:BANDWIDTH as in 96GB:400TF:1.6TB/s.", HelpName = "KIND" };
        return Verb.Create("plan", "Estimate time, memory and disk of every step of a recipe, and what does not fit.",
            "geobuk plan recipes/quickstart.yaml --set train.micro_batch=16 --gpu h200x8", [recipe, set, runs, gpu], (arguments, output, _) =>
            {
                var kind = arguments.GetValue(gpu) is { } text ? GpuKind.Parse(text) : null;
                var loaded = RecipeReader.Load(arguments.GetRequiredValue(recipe), arguments.GetValue(set), bareModels: true);
                var model = PlannedModel.Of(loaded.Base);
                var speed = MachineSpeed.Measure(model, loaded, kind, arguments.GetRequiredValue(runs));
                var plan = new RunPlan(loaded, model, CorpusSize.Of(loaded), speed);
                var steps = plan.Steps();
                var fit = new PlanFit(plan, loaded, model, speed);
                var problems = fit.Problems(steps);
                var faster = steps.FirstOrDefault(step => step.Name == "train") is { } training ? fit.Faster(training) : null;
                var result = new
                {
                    Steps = steps,
                    Seconds = steps.Sum(step => step.Seconds),
                    Fits = problems.Count == 0,
                    Problems = problems,
                    Faster = faster,
                    Parameters = model.Parameters,
                    Machine = speed,
                };
                output.Result(result, console => Write(console, steps, problems, faster, speed, loaded.Train?.Workers ?? 0));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void Write(IAnsiConsole console, IReadOnlyList<PlanStep> steps, IReadOnlyList<PlanProblem> problems, PlanAdvice? faster, MachineSpeed speed, int workers)
    {
        console.Write(Table(steps));
        if (steps.FirstOrDefault(step => step.Memory is not null)?.Memory is { } memory)
            console.WriteLine($"training: {string.Join(", ", memory.Select(part => $"{part.Key} {Quantity.Bytes(part.Value)}"))}, {speed.Precision.ToString().ToLowerInvariant()}");
        if (workers > 0 && speed.Gpu is { Count: > 1 } gpu) console.WriteLine($"the training runs on {gpu.Used(workers)} of the {gpu.Count} {gpu.Name}, the memory is that of one; other steps run on the CPU");
        if (faster is not null) console.WriteLine($"{faster.Step}: {string.Join(' ', faster.Set.Select(setting => "--set " + setting))} takes about {RateMeter.Duration(TimeSpan.FromSeconds(faster.Seconds))}");
        foreach (var problem in problems)
            console.WriteLine($"{problem.Step}: needs {Quantity.Bytes(problem.NeededBytes)} of {problem.Resource}; expected at most the {Quantity.Bytes(problem.AvailableBytes)} that are there. {problem.Remedy}");
    }

    private static Table Table(IReadOnlyList<PlanStep> steps)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("step");
        foreach (var title in new[] { "time", "memory", "GPU memory", "disk", "tokens" }) table.AddColumn(new TableColumn(title).RightAligned());
        foreach (var step in steps)
            table.AddRow(step.Name, "about " + RateMeter.Duration(TimeSpan.FromSeconds(step.Seconds)), Quantity.Bytes(step.PeakRssBytes),
                step.GpuBytes == 0 ? "-" : Quantity.Bytes(step.GpuBytes), Quantity.Bytes(step.DiskBytes), Quantity.Count(step.Tokens));
        table.AddRow("all", "about " + RateMeter.Duration(TimeSpan.FromSeconds(steps.Sum(step => step.Seconds))), Quantity.Bytes(steps.Max(step => step.PeakRssBytes)),
            steps.Max(step => step.GpuBytes) is > 0 and var most ? Quantity.Bytes(most) : "", Quantity.Bytes(steps.Sum(step => step.DiskBytes)), "");
        return table;
    }
}
