using System.Diagnostics;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Runs;

/// <summary>Takes a recipe through its steps, one after the other; what is finished is skipped, what was interrupted goes on.</summary>
internal sealed class Runner(IReadOnlyList<StepDefinition> definitions, RunOptions options, IProgress<RunEvent> progress)
{
    public const string ArtifactsFolder = "artifacts";
    private const string ReportStep = "report";

    private readonly ArtifactStore _store = new(Path.Combine(options.Folder, ArtifactsFolder));
    private readonly Dictionary<string, string> _finished = [];

    /// <summary>Runs the chain to its end, to the first failure or to the interruption.</summary>
    public async Task<RunOutcome> RunAsync(Recipe recipe, CancellationToken cancellation)
    {
        var chain = Chain(recipe);
        if (chain.Select(step => step.Workers(recipe)).Max() is > 1 and var workers) MpiInstallation.Require(workers);
        using var folder = new RunFolder(options.Folder, recipe);
        _store.Sweep([.. definitions.Where(step => step.Resumable).Select(step => step.Name)]);
        var record = NewRecord(recipe, chain);
        folder.Write(record);
        Failure? failure = null;
        for (var i = 0; i < chain.Count && failure is null; i++)
        {
            (var step, failure) = await StepAsync(chain[i], Redo(chain, i), recipe, folder, cancellation);
            record = record with { Steps = [.. record.Steps.Select((other, index) => index == i ? step : other)] };
            folder.Write(record);
        }
        if (failure is { Code: ExitCode.WrongInput } && _finished.Count == 0) folder.Discard();
        if (failure is null)
        {
            var report = _finished.TryGetValue(ReportStep, out var id) ? folder.CopyReport(_store.FolderOf(id)) : null;
            record = record with { Finished = DateTime.UtcNow, Report = report };
            folder.Write(record);
        }
        return new RunOutcome(folder.Location, _store, record, failure);
    }

    /// <summary>The steps that the recipe has, up to the last one asked for.</summary>
    private List<StepDefinition> Chain(Recipe recipe)
    {
        var chain = definitions.Where(step => step.Part(recipe) is not null).ToList();
        foreach (var (option, name) in new[] { ("--from", options.From), ("--until", options.Until) })
            if (name is not null && chain.All(step => step.Name != name))
                throw new UserInputException($"{option}: {name} is not a step of this recipe; expected one of {string.Join(", ", chain.Select(step => step.Name))}.");
        var end = options.Until is null ? chain.Count : chain.FindIndex(step => step.Name == options.Until) + 1;
        return chain[..end];
    }

    private static RunRecord NewRecord(Recipe recipe, List<StepDefinition> chain) => new()
    {
        Name = recipe.Name,
        RecipeHash = RecipeJson.Fingerprint(recipe),
        ToolVersion = Machine.ToolVersion,
        Started = DateTime.UtcNow,
        Steps = [.. chain.Select(step => new RunStep(step.Name, StepState.Waiting, null, 0))],
    };

    /// <summary>Whether --from asks for this step again; a --from beyond --until asks for none.</summary>
    private bool Redo(List<StepDefinition> chain, int index) => chain[..(index + 1)].Any(step => step.Name == options.From);

    private async Task<(RunStep Step, Failure? Failure)> StepAsync(
        StepDefinition definition, bool redo, Recipe recipe, RunFolder folder, CancellationToken cancellation)
    {
        var step = new RunStep(definition.Name, StepState.Running, null, 0);
        progress.Report(new RunEvent(step));
        var started = Stopwatch.GetTimestamp();
        var attempt = await AttemptAsync(definition, redo, recipe, folder, cancellation);
        step = step with { State = attempt.State, Artifact = attempt.Artifact, Seconds = Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3) };
        if (attempt.Artifact is { } artifact)
        {
            _finished[definition.Name] = artifact;
            folder.Link(definition.Link ?? definition.Name, artifact, _store);
        }
        progress.Report(new RunEvent(step, Note: attempt.Note));
        return (step, attempt.Failure);
    }

    private async Task<Attempt> AttemptAsync(
        StepDefinition definition, bool redo, Recipe recipe, RunFolder folder, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            var request = StepRequest.Create(definition, recipe, _store, _finished, cancellation);
            var exists = Directory.Exists(_store.FolderOf(request.Artifact));
            var defect = exists && !redo ? _store.Defect(request.Artifact, options.Verify, cancellation) : null;
            if (exists && !redo && defect is null) return new Attempt(StepState.Skipped, request.Artifact);

            Durable.WriteJson(folder.RequestFileOf(definition.Name), request with { Redo = exists, Command = options.Command });
            var process = new StepProcess(folder.RequestFileOf(definition.Name), folder.LogFileOf(definition.Name), definition.Workers(recipe), new StepProgress(definition.Name, progress));
            var failure = await process.RunAsync(cancellation);
            return failure is null
                ? new Attempt(StepState.Done, request.Artifact) { Note = defect is null ? null : $"made again: {defect}" }
                : Attempt.Failed(failure);
        }
        catch (OperationCanceledException fault)
        {
            return Attempt.Failed(Failure.Of(fault));
        }
    }

    private sealed record Attempt(StepState State, string? Artifact)
    {
        public Failure? Failure { get; private init; }
        public string? Note { get; init; }

        public static Attempt Failed(Failure failure) =>
            new(failure.Code == ExitCode.Interrupted ? StepState.Interrupted : StepState.Failed, null) { Failure = failure };
    }

    /// <summary>Labels a step's progress with its name.</summary>
    private sealed class StepProgress(string step, IProgress<RunEvent> progress) : IProgress<StepReport>
    {
        public void Report(StepReport value) => progress.Report(new RunEvent(new RunStep(step, StepState.Running, null, 0), value));
    }
}
