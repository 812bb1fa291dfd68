using Geobuk.Cli.Terminal;
using Geobuk.Compression;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Layouts;
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

    /// <summary>Reads what the options name; gathers an importance matrix where only text is given.</summary>
    public CompressionOptions Resolve(Output output, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        if (Preset is not null && Plan is not null)
            throw new UserInputException($"--preset {Preset} and --plan {Plan}: both say the types; expected one of them. Leave one out.");
        var preset = CompressionPreset.Find(Preset ?? "q4_k_m");
        var plan = Plan is null ? null : TypePlan.Load(Plan, ModelConfig.Load(Folder));
        return new CompressionOptions { Preset = preset, Plan = plan, Surgery = Surgery, Importance = Importance(output, progress, cancellation) };
    }

    private ImportanceMatrix? Importance(Output output, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        if (Imatrix is not null)
        {
            var matrix = ImportanceMatrix.Load(Imatrix);
            using var checkpoint = ModelCheckpoint.Open(Folder);
            matrix.RequireModel(Imatrix, checkpoint);
            return matrix;
        }
        if (Calibration is null) return null;
        using var model = InferenceModel.Load(Folder);
        var text = CalibrationText.Read(Calibration, model.Tokenizer, Math.Min(model.ContextLength, ImportanceGathering.SequenceLength));
        foreach (var warning in text.Warnings) output.Remark("warning: " + warning);
        return ImportanceGathering.Run(Folder, model, text, progress, cancellation);
    }
}
