using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Geobuk.Cli.Runs;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk step</c>: one step in its own process, as a run starts it; hidden from the help.</summary>
internal static class StepCommand
{
    // Within this time after an interruption the step stops, or starts to save; then the process ends.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(1400);

    // A service that asks for a checkpoint ends what takes too long itself; this is for one that is gone too.
    private static readonly TimeSpan CheckpointGrace = TimeSpan.FromMinutes(10);

    public static Command Create(IReadOnlyList<StepDefinition> steps)
    {
        var request = new Argument<string>("REQUEST") { Description = "The request, a file in the folder steps of a run." };
        var attached = new Option<bool>("--attached") { Description = "Stop when standard input ends." };
        var command = new VerbCommand("step", "Do one step of a run, as its request says.", "geobuk step runs/quickstart/steps/train.json") { request, attached };
        command.Hidden = true;
        command.SetAction(arguments => Run(steps, arguments.GetRequiredValue(request), arguments.GetValue(attached)));
        return command;
    }

    private static int Run(IReadOnlyList<StepDefinition> steps, string requestFile, bool attached)
    {
        // Standard output carries messages; whatever else is printed goes to standard error.
        var messages = new StepMessageWriter(Console.Out);
        Console.SetOut(Console.Error);
        using var interruption = new Interruption();
        interruption.Token.Register(() => new Thread(() => EndSoon(messages)) { IsBackground = true }.Start());
        // mpirun gives its input to the first worker alone.
        if (attached && !IsFollower()) new Thread(() => WatchInput(interruption)) { IsBackground = true }.Start();
        PreferThisProcessWhenMemoryRunsOut();
        try
        {
            var request = JsonSerializer.Deserialize<StepRequest>(File.ReadAllBytes(requestFile), RecipeJson.Options)!;
            var definition = steps.FirstOrDefault(step => step.Name == request.Step)
                ?? throw new UserInputException($"{requestFile}: the step is {request.Step}; expected one of {string.Join(", ", steps.Select(step => step.Name))}.");
            return Do(request, definition, messages, interruption.Token);
        }
        catch (Exception fault)
        {
            var failure = Report(fault);
            messages.Fail(failure.Messages);
            return failure.Code;
        }
    }

    private static int Do(StepRequest request, StepDefinition definition, StepMessageWriter messages, CancellationToken cancellation)
    {
        var count = definition.Workers(request.Recipe);
        using ICollective workers = count == 1 ? new SoleWorker() : new NcclCollective(MpiCollective.Join(count));
        try
        {
            if (workers.Rank == 0) StepWork.Do(request, definition, messages, workers, cancellation);
            else StepWork.Assist(request, definition, workers, cancellation);
            return ExitCode.Done;
        }
        catch (Exception fault) when (count > 1 && fault is not OperationCanceledException)
        {
            // The others wait for this one in some exchange: say why, and end them too.
            messages.Fail(Report(fault).Messages);
            workers.Abort(Failure.Of(fault).Code);
            throw;
        }
    }

    private static Failure Report(Exception fault)
    {
        if (fault is not (UserInputException or OperationCanceledException)) Console.Error.WriteLine(fault);
        return Failure.Of(fault);
    }

    /// <summary>Whether Open MPI's mpirun started this process as another than the first.</summary>
    private static bool IsFollower() => Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK") is not (null or "0");

    private static void EndSoon(StepMessageWriter messages)
    {
        var waited = Stopwatch.StartNew();
        do Thread.Sleep(Grace);
        while (messages.IsSaving || (Interruption.IsCheckpointRequested && waited.Elapsed < CheckpointGrace));
        Interruption.EndProcess();
    }

    /// <summary>The run holds the other end open for as long as it lives.</summary>
    private static void WatchInput(Interruption interruption)
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[16];
        while (input.Read(ignored) > 0) { }
        interruption.Request();
    }

    /// <summary>Tells Linux to end the step, and not the run that can explain it, when memory runs out.</summary>
    private static void PreferThisProcessWhenMemoryRunsOut()
    {
        const string file = "/proc/self/oom_score_adj";
        if (!OperatingSystem.IsLinux() || !File.Exists(file)) return;
        try
        {
            File.WriteAllText(file, "500");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it; the run then explains less well.
        }
    }
}
