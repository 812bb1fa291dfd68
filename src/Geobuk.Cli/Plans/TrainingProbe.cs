using System.Diagnostics;
using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using TorchSharp;

namespace Geobuk.Cli.Plans;

/// <summary>
/// A forward and backward pass of the model's first layers, as the training does it: what a layer's small products, norms and
/// copies cost beside the large products is not guessed.
/// </summary>
internal static class TrainingProbe
{
    private const long MostParameters = 60_000_000;
    private const double MostOperations = 6e10;

    /// <summary>Operations in a second; null where even a shortened model is too much for a moment.</summary>
    public static double? Measure(PlannedModel model, TrainConfig train, TrainPrecision precision, torch.Device device)
    {
        var config = model.Config with { LayerCount = Math.Min(model.Config.LayerCount, 1 + (model.Config.Mixture?.LeadingDenseLayers ?? 1)) };
        if (ModelLayout.Of(config).Tensors.Sum(tensor => tensor.Elements) > MostParameters) return null;
        var size = ModelSize.Of(config);
        var shortened = new PlannedModel(config, size, size.Bytes);
        var length = Math.Min(train.SequenceLength, config.MaxPositions);
        var perSequence = 3 * length * shortened.ForwardOperations(length / 2.0);
        if (perSequence > MostOperations) return null;
        var sequences = (int)Math.Clamp(MostOperations / perSequence, 1, train.MicroBatch);
        using var network = new CausalLanguageModel(config, device);
        ModelWeights.Initialize(network, seed: 0);
        if (precision == TrainPrecision.Bf16) network.ToBFloat16();
        network.train();
        var ids = Enumerable.Range(0, sequences * length).Select(i => (int)(i * 7919L % config.VocabularySize)).ToArray();
        using var batch = new PackedBatch(ids, [.. ids.Select((_, i) => i % length)], [.. ids.Select((_, i) => i / length)], length, device);
        var best = double.PositiveInfinity;
        // The first pass pays for what is made once.
        for (var pass = 0; pass < 3; pass++)
        {
            var started = Stopwatch.GetTimestamp();
            ChunkedCrossEntropy.Backward(network, batch, 1.0 / batch.PredictionCount);
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
            foreach (var (_, parameter) in network.Trainable()) parameter.grad = null;
        }
        return perSequence * sequences / best;
    }
}
