using System.Text.Json;
using Geobuk.Cli.Runs;
using Geobuk.Compression;
using Geobuk.Corpus;
using Geobuk.Corpus.Cards;
using Geobuk.Corpus.Contamination;
using Geobuk.Evaluation;
using Geobuk.Evaluation.Metrics;
using Geobuk.Evaluation.Reports;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;
using Geobuk.Training;
using Geobuk.Training.Distillation;
using Geobuk.Training.Forgetting;

namespace Geobuk.Cli;

/// <summary>The chain: which code does which step, on what.</summary>
internal static class Steps
{
    private const string Base = "base", Corpus = "corpus", Teach = "teach", Train = "train", Compress = "compress", Evaluate = "evaluate", Report = "report";

    /// <summary>In the order in which they run.</summary>
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        new()
        {
            Name = Base,
            // A fresh model's tokenizer is learnt from the domain's documents.
            Part = recipe => recipe.Base.Model is null ? new { recipe.Base, recipe.Corpus.Domain, recipe.Corpus.Licenses } : new { recipe.Base },
            Inputs = recipe => recipe.Base.Model is { } model ? [model] : [.. recipe.Corpus.Domain, .. Decisions(recipe)],
            Run = context => BaseStep.Run(context.Recipe.Base, context.Recipe.Corpus, context.Recipe.Seed, context.OutputFolder, context.Progress, context.Cancellation),
        },
        new()
        {
            Name = Corpus,
            Version = 3,
            Parents = [Base],
            Part = recipe => recipe.Corpus,
            Inputs = recipe => [.. recipe.Corpus.Domain, .. recipe.Corpus.General, .. Decisions(recipe)],
            Run = context =>
            {
                CorpusStep.Run(context.Recipe.Corpus, context.Recipe.Seed, context.Parent(Base), context.OutputFolder, context.Progress, context.Cancellation);
                CorpusPapers.Write(context.OutputFolder, context.Recipe.Name);
            },
        },
        new()
        {
            Name = Teach,
            Parents = [Corpus],
            // How much the teacher counts in the loss changes nothing that it says.
            Part = recipe => recipe.Train?.Distillation is { } teacher ? new { teacher.TopK, teacher.Window } : null,
            Inputs = recipe => recipe.Train?.Distillation is { } teacher ? [teacher.Teacher] : [],
            Run = context => TeachStep.Run(context.Recipe.Train!.Distillation!, context.Parent(Corpus), context.OutputFolder, context.Progress, context.Cancellation),
        },
        new()
        {
            Name = Train,
            Version = 3,
            Link = "adapted",
            Parents = [Base, Corpus, Teach],
            Resumable = true,
            OnDevice = true,
            // The result does not depend on the number of workers.
            Part = recipe => recipe.Train is { } train ? train with { Workers = 1, ReturnMemory = false } : null,
            Workers = recipe => recipe.Train?.Workers ?? 1,
            Inputs = recipe => [.. recipe.Train?.Data ?? [], .. new[] { recipe.Train?.Lora.QuantizedBase, recipe.Train?.Exam }.OfType<string>()],
            Run = context =>
            {
                TrainStep.Run(context.Recipe.Train!, context.Recipe.Seed, TrainInputs(context), context.OutputFolder, context.Progress, context.Cancellation, context.Workers);
                if (context.Workers.Rank != 0) return;
                var (model, adapter) = (Path.Combine(context.OutputFolder, "model"), Path.Combine(context.OutputFolder, "adapter"));
                ModelCard.Write(model, context.Recipe.Name, context.Parent(Corpus));
                if (Directory.Exists(adapter)) ModelCard.Carry([ModelCard.PathOf(model)], adapter);
            },
        },
        new()
        {
            Name = Compress,
            Version = 2,
            Link = "light",
            Parents = [Base, Train],
            Resumable = true,
            Part = recipe => recipe.Compress,
            Run = context =>
            {
                var model = AdaptedModel(context);
                CompressStep.Run(context.Recipe.Compress!, model ?? context.Parent(Base), context.OutputFolder, context.Progress, context.Cancellation);
                // The light model comes with the obligations of the adapted one.
                if (model is not null) File.Copy(Path.Combine(model, ModelCard.FileName), Path.Combine(context.OutputFolder, ModelCard.FileName), overwrite: true);
            },
        },
        new()
        {
            Name = Evaluate,
            Version = 2,
            Parents = [Base, Corpus, Train, Compress],
            Resumable = true,
            Part = recipe => recipe.Evaluate,
            Inputs = recipe => recipe.Evaluate?.Exam is { } exam ? [exam] : [],
            Run = context => EvaluateStep.Run(context.Recipe.Evaluate!, EvaluationInputs(context), context.OutputFolder, context.Progress, context.Cancellation),
        },
        new()
        {
            Name = Report,
            Parents = [Base, Corpus, Train, Compress, Evaluate],
            Part = recipe => new { recipe.Name, RecipeHash = RecipeJson.Fingerprint(recipe) },
            Run = context => ReportStep.Run(ReportInputs(context), context.OutputFolder, context.Progress, context.Cancellation),
        },
    ];

    /// <summary>The training's result with adapters merged; null where the recipe does not train.</summary>
    private static string? AdaptedModel(StepContext context) => context.ParentOrNull(Train) is { } folder ? Path.Combine(folder, "model") : null;

    // A file of decisions that nobody has written yet decides nothing.
    private static string[] Decisions(Recipe recipe) => recipe.Corpus.Decisions is { } path && File.Exists(path) ? [path] : [];

    private static TrainInputs TrainInputs(StepContext context) => new(context.Parent(Base), context.Parent(Corpus), context.ParentOrNull(Teach))
    {
        Exam = context.Recipe.Train!.Exam is { } exam ? Questions(exam, context.Recipe.Train.ExamLimit, context.Parent(Base)) : [],
    };

    /// <summary>An exam as the base's tokens, put into words and cut into tokens as the evaluation does.</summary>
    private static List<ExamQuestion> Questions(string exam, int? limit, string model)
    {
        var (tokenizer, context) = (Tokenizer.Load(model), ModelConfig.Load(model).MaxPositions);
        return [.. MultipleChoiceItem.Spread(ExamFile.Read(exam), limit).Select(item =>
            new ExamQuestion([.. ScoredTokens.Of(tokenizer, item, context).Select(choice => (choice.Tokens, choice.First))], item.Answer))];
    }

    private static EvaluationInputs EvaluationInputs(StepContext context) => new(
        context.Parent(Base), AdaptedModel(context), Existing(context, Compress, CompressStep.ModelFile), context.Parent(Corpus))
    {
        DirtyQuestions = context.Recipe.Evaluate?.Exam is { } exam ? Contaminated(context, exam) : null,
    };

    /// <summary>Compares the exam with what was trained on, writes the ledger and gives the questions that stand there.</summary>
    private static HashSet<string> Contaminated(StepContext context, string exam)
    {
        context.Progress.Report(new StepReport("exam against training text", 0, null, "documents"));
        var items = ExamFile.Read(exam).Select(item => new EvaluationText(item.Id, item.Parts));
        var training = TrainingText.OfCorpus(context.Parent(Corpus), Tokenizer.Load(context.Parent(Base)))
            .Concat((context.Recipe.Train?.Data ?? []).SelectMany(TrainingText.OfExamples));
        var rows = ContaminationLedger.Of(items, training, ContaminationLedger.DefaultWindow, context.Cancellation);
        ContaminationLedger.Write(Path.Combine(context.OutputFolder, "contamination.jsonl"), rows);
        return rows.Where(row => row.Dirty).Select(row => row.Id).ToHashSet();
    }

    private static ReportInputs ReportInputs(StepContext context) => new()
    {
        RunName = context.Recipe.Name,
        RecipeText = JsonSerializer.Serialize(context.Recipe, RecipeJson.Options),
        RecipeHash = RecipeJson.Fingerprint(context.Recipe),
        Command = context.Request.Command,
        ToolVersion = Machine.ToolVersion,
        Created = DateTimeOffset.UtcNow,
        Artifacts = [.. All.Where(step => context.Request.Parents.ContainsKey(step.Name)).Select(step => Summary(context.Parent(step.Name)))],
        CorpusReport = Existing(context, Corpus, "corpus.json"),
        Metrics = Existing(context, Train, "metrics.jsonl"),
        Merge = Existing(context, Train, "merge.json"),
        Evaluation = Existing(context, Evaluate, "evaluation.json"),
        Compression = Existing(context, Compress, CompressStep.SummaryFile),
    };

    private static ArtifactSummary Summary(string folder)
    {
        var manifest = Manifest.TryRead(folder) ?? throw new InvalidDataException($"{folder}: no manifest");
        return new ArtifactSummary(manifest.Id, manifest.Step, manifest.Seconds, RecipeJson.Fingerprint(manifest.Files), [.. manifest.Parents.Values]);
    }

    private static string? Existing(StepContext context, string step, string file) =>
        context.ParentOrNull(step) is { } folder && File.Exists(Path.Combine(folder, file)) ? Path.Combine(folder, file) : null;
}
