using Geobuk.Cli.Terminal;
using Geobuk.Compression;
using Geobuk.Compression.Budget;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Fitting;
using Geobuk.Compression.Quantization;
using Geobuk.Compression.Tuning;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Tokenization;
using Geobuk.Recipes;

namespace Geobuk.Cli.Commands;

/// <summary>What the command line asks of a compression, and how it becomes <see cref="CompressionOptions"/>.</summary>
/// <param name="Model">The model as it was named.</param>
/// <param name="Preset">Name of a mix, or null.</param>
/// <param name="Plan">File of types, or null.</param>
/// <param name="Calibration">Text, or null.</param>
/// <param name="Imatrix">Importance matrix, or null.</param>
/// <param name="Surgery">Shapes may be padded.</param>
internal sealed record CompressionRequest(string Model, string? Preset, string? Plan, string? Calibration, string? Imatrix, bool Surgery)
{
    /// <summary>The model's folder.</summary>
    public string Folder { get; } = ModelPath.ResolveFolder(Model, "Compression starts from the weights as they were trained; --format hf turns the file back into a folder.");

    private const long MostTokens = 16_384;

    /// <summary>Bits per weight, or null.</summary>
    public double? Bits { get; init; }
    /// <summary>Size of the file, such as 4.2GB, or null.</summary>
    public string? Size { get; init; }
    /// <summary>File of measurements, or null.</summary>
    public string? Effects { get; init; }
    /// <summary>Search scales and codes jointly.</summary>
    public bool JointSearch { get; init; }
    /// <summary>Let later columns make errors good.</summary>
    public bool ErrorFeedback { get; init; }
    /// <summary>Steps of tuning the factors, or null.</summary>
    public int? TuningSteps { get; init; }

    /// <summary>The first option that works inside super-blocks, or null.</summary>
    public string? InsideBlocks => JointSearch ? "--joint-search" : ErrorFeedback ? "--error-feedback" : TuningSteps is not null ? "--tune-factors" : null;

    private bool HasBudget => Bits is not null || Size is not null;

    /// <summary>Reads what the options name; measures and solves where there is a budget.</summary>
    /// <param name="path">Where the light model goes: a budget's plan is written beside it.</param>
    public CompressionOptions Resolve(string path, Output output, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        (string Name, object? Value)[] choices = [("--preset", Preset), ("--plan", Plan), ("--bits", Bits), ("--size", Size)];
        if (choices.Count(choice => choice.Value is not null) > 1)
            throw new UserInputException($"{string.Join(" and ", choices.Where(choice => choice.Value is not null).Select(choice => $"{choice.Name} {choice.Value}"))}: each says the types; expected one of them. Leave the others out.");
        if (TuningSteps < 1) throw new UserInputException($"--tune-factors: is {TuningSteps}; expected at least 1. 100 steps are a good start.");
        if ((HasBudget || ErrorFeedback || TuningSteps is not null) && Calibration is null)
            throw new UserInputException("--calibration: is missing; expected text of the kind that the model will work on, for --bits, --size, --error-feedback and --tune-factors measure on it. Name a text file, a .jsonl of documents or a folder.");
        var config = ModelConfig.Load(Folder);
        var options = new CompressionOptions
        {
            Preset = CompressionPreset.Find(Preset ?? "q4_k_m"),
            Plan = Plan is null ? null : TypePlan.Load(Plan, config),
            Surgery = Surgery,
            JointSearch = JointSearch,
        };
        if (Imatrix is not null) options = WithImportance(options, LoadImportance(Imatrix));
        if (Calibration is null) return options;
        using var model = InferenceModel.Load(Folder);
        var text = CalibrationText.Read(Calibration, model.Tokenizer, Math.Min(model.ContextLength, ImportanceGathering.SequenceLength), MostTokens);
        foreach (var warning in text.Warnings) output.Remark("warning: " + warning);
        options = options with { Calibration = [.. options.Calibration, text.Identity] };
        if (options.Importance is null) options = options with { Importance = ImportanceGathering.Run(Folder, model, text, progress, cancellation) };
        if (ErrorFeedback) options = options with { Moments = MomentGathering.Run(model, text, progress, cancellation) };
        return HasBudget ? options with { Plan = SolveBudget(path, config, text, options, progress, cancellation) } : options;
    }

    /// <summary>The text that tuning learns from: as much of the calibration text as its steps read once.</summary>
    public CalibrationText TuningText() =>
        CalibrationText.Read(Calibration!, Tokenizer.Load(Folder), Math.Min(ModelConfig.Load(Folder).MaxPositions, ImportanceGathering.SequenceLength), FactorTuning.Tokens(TuningSteps!.Value));

    private static CompressionOptions WithImportance(CompressionOptions options, ImportanceMatrix matrix) =>
        options with { Importance = matrix, Calibration = [matrix.Identity] };

    private ImportanceMatrix LoadImportance(string file)
    {
        var matrix = ImportanceMatrix.Load(file);
        using var checkpoint = ModelCheckpoint.Open(Folder);
        matrix.RequireModel(file, checkpoint);
        return matrix;
    }

    private TypePlan SolveBudget(string path, ModelConfig config, CalibrationText text, CompressionOptions options, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        var weights = ModelLayout.Of(config).Tensors.Sum(spec => spec.Elements);
        var (name, bytes) = Bits is { } bits ? ($"--bits {bits}", (long)(bits * weights / 8)) : ($"--size {Size}", SizeText.Parse("--size", Size!));
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        EffectTable table;
        if (Effects is not null && File.Exists(Effects))
        {
            using var checkpoint = ModelCheckpoint.Open(Folder);
            table = EffectTable.Load(Effects, ModelFingerprint.Of(checkpoint));
        }
        else
        {
            BudgetSolver.Require(bytes - Overhead(config, EffectMeasurement.WidthMultiple, options), EffectMeasurement.LeastBytes(config), name);
            table = EffectMeasurement.Run(Folder, text, options, folder, progress, cancellation);
            if (Effects is not null) table.Save(Effects);
        }
        var plan = BudgetSolver.Solve(table, bytes - Overhead(config, table.Padding, options), name);
        plan.Save(Path.ChangeExtension(path, ".plan.json"));
        return plan;
    }

    private long Overhead(ModelConfig config, int padding, CompressionOptions options) =>
        ModelCompressor.FixedBytes(Folder, config, padding, options.Importance, countHead: Size is not null);
}
