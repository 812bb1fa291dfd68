using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Compression.Calibration;

/// <summary>
/// Runs a model over calibration text, layer by layer, and sums the squares of what every matrix is multiplied with, per expert and head.
/// </summary>
public static class ImportanceGathering
{
    /// <summary>Tokens of a sequence, unless the model's context is shorter.</summary>
    public const int SequenceLength = 512;

    /// <summary>Gathers.</summary>
    /// <param name="modelPath">A Hugging Face folder or a GGUF file.</param>
    /// <param name="model">The same, loaded.</param>
    /// <param name="text">The text.</param>
    /// <param name="progress">Tokens done.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="UserInputException">An input is not a finite number: the model is damaged.</exception>
    public static ImportanceMatrix Run(string modelPath, InferenceModel model, CalibrationText text, IProgress<StepReport>? progress = null, CancellationToken cancellationToken = default)
    {
        using var engine = new Engine(model);
        var sums = new Dictionary<string, InputSums>();
        engine.InputVisitor = (tensor, slice, inputs, rows) =>
        {
            if (!sums.TryGetValue(tensor, out var entry)) sums[tensor] = entry = new InputSums(inputs.Length / rows);
            entry.Add(slice, inputs, rows);
        };
        // A token passes every layer and the head.
        var passes = text.Tokens * (model.Config.LayerCount + 1);
        engine.ReadByLayers(text.Sequences, done => progress?.Report(new StepReport("calibrating", done * text.Tokens / passes, text.Tokens, "tokens")), cancellationToken);
        var slices = StackSizes.Of(model.Config);
        var entries = sums.ToDictionary(entry => entry.Key, entry => entry.Value.ToEntry(slices.GetValueOrDefault(entry.Key, 1)));
        if (entries.FirstOrDefault(entry => entry.Value.SumSquares.Any(value => !float.IsFinite(value))) is { Key: { } wrong })
            throw new UserInputException($"{modelPath}: the inputs of {wrong} are not finite on {text.Name}; expected numbers. The model is damaged: take an earlier checkpoint.");
        return new ImportanceMatrix(entries, [text.Name], text.Sequences.Count, text.Sequences[0].Length, ModelFingerprint.Of(modelPath));
    }
}
