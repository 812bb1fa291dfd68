using Geobuk.Compression.Quantization;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;

namespace Geobuk.Compression;

/// <summary>The compress step of a run. After a kill it goes on tensor by tensor.</summary>
public static class CompressStep
{
    /// <summary>Name of the light model in the step's folder.</summary>
    public const string ModelFile = "model.gguf";
    /// <summary>Name of the summary in the step's folder.</summary>
    public const string SummaryFile = "compress.json";

    /// <summary>Writes <see cref="ModelFile"/> and then <see cref="SummaryFile"/>.</summary>
    /// <param name="config">The preset.</param>
    /// <param name="modelFolder">The model, in Hugging Face form, adapters merged.</param>
    /// <param name="outputFolder">Is created where absent.</param>
    /// <param name="progress">Weights done.</param>
    /// <param name="cancellationToken">Leaves what is finished for the next call.</param>
    /// <exception cref="Models.UserInputException">An unknown preset, a broken model, or no room for the file.</exception>
    public static CompressResult Run(CompressConfig config, string modelFolder, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellationToken)
    {
        var preset = CompressionPreset.Find(config.Preset);
        Directory.CreateDirectory(outputFolder);
        foreach (var leftover in Directory.EnumerateFiles(outputFolder, "*.tmp")) File.Delete(leftover);
        var result = ModelCompressor.Write(modelFolder, preset, Path.Combine(outputFolder, ModelFile), progress, cancellationToken);
        AtomicFile.WriteText(Path.Combine(outputFolder, SummaryFile), result.ToJson());
        return result;
    }
}
