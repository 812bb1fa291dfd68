using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using static TorchSharp.torch;

namespace Geobuk.Compression.Pruning;

/// <summary>
/// Looks for the shape that loses least at a number of weights: fewer layers, narrower MLPs or fewer experts, each combination that
/// just fits is made and its loss measured on text that the importance was not measured on.
/// </summary>
public static class ShapeSearch
{
    private const int MostCandidates = 12;
    private const int Window = 512;
    // Narrower steps make no shape that could be told apart, and widths in multiples of it quantize without a rest.
    private const int WidthStep = 32;

    /// <summary>The shapes that just fit: for every number of layers the widest MLP or the most experts.</summary>
    /// <exception cref="UserInputException">Even the smallest shape has more weights.</exception>
    public static IReadOnlyList<PruningTarget> Candidates(ModelConfig config, long parameters)
    {
        var targets = new List<PruningTarget>();
        var smallest = long.MaxValue;
        var step = Math.Max(1, config.LayerCount / MostCandidates);
        for (var drop = 0; drop < config.LayerCount; drop += step)
        {
            foreach (var target in Widths(config, drop))
            {
                var count = Count(config, target);
                smallest = Math.Min(smallest, count);
                if (count > parameters) continue;
                targets.Add(target);
                break;
            }
        }
        return targets.Count > 0 ? targets
            : throw new UserInputException($"--params: is {parameters}; expected at least {smallest}, the smallest shape of this model with its vocabulary. Ask for more.");
    }

    /// <summary>Weights of a shape.</summary>
    public static long Count(ModelConfig config, PruningTarget target, int? vocabulary = null)
    {
        // Which layers go does not matter for the count but for the dense ones at the beginning of a mixture.
        var plan = new PruningPlan([.. Enumerable.Range(0, config.LayerCount - target.DropLayers)], new Dictionary<int, int[]>(), new Dictionary<int, int[]>());
        return ModelLayout.Of(plan.Apply(config with { VocabularySize = vocabulary ?? config.VocabularySize }, target)).Tensors.Sum(tensor => tensor.Elements);
    }

    /// <summary>Mean loss in nats per token of a folder on token ids.</summary>
    public static double Loss(string folder, int[] tokens, CancellationToken cancellationToken)
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var model = ModelWeights.Load(folder, device);
        model.eval();
        var (sum, count) = (0.0, 0L);
        var length = Math.Min(Window, model.Config.MaxPositions);
        for (var start = 0; start + 1 < tokens.Length; start += length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ids = tokens.AsSpan(start, Math.Min(length, tokens.Length - start)).ToArray();
            using var batch = new PackedBatch(ids, [.. Enumerable.Range(0, ids.Length)], new int[ids.Length], ids.Length, device);
            sum += ChunkedCrossEntropy.Evaluate(model, batch);
            count += batch.PredictionCount;
        }
        return sum / count;
    }

    /// <summary>The candidate of the smallest loss, with all losses.</summary>
    /// <param name="source">Hugging Face folder.</param>
    /// <param name="parameters">Weights at most.</param>
    /// <param name="importance">Measured on other text.</param>
    /// <param name="tokens">Text to choose by.</param>
    /// <param name="scratch">Folder for the candidates, which are removed again.</param>
    /// <param name="progress">Candidates done.</param>
    /// <param name="cancellationToken">Stops between windows.</param>
    public static IReadOnlyList<(PruningTarget Target, double Loss)> Rank(
        string source, long parameters, ModelImportance importance, int[] tokens, string scratch, IProgress<StepReport>? progress, CancellationToken cancellationToken)
    {
        var config = ModelConfig.Load(source);
        var ranked = new List<(PruningTarget, double)>();
        var targets = Candidates(config, parameters);
        foreach (var target in targets)
        {
            ModelPruner.Write(source, PruningPlan.Of(config, target, importance), target, scratch, cancellationToken: cancellationToken);
            ranked.Add((target, Loss(scratch, tokens, cancellationToken)));
            Directory.Delete(scratch, recursive: true);
            progress?.Report(new StepReport("trying shapes", ranked.Count, targets.Count, "shapes"));
        }
        return [.. ranked.OrderBy(entry => entry.Item2)];
    }

    private static IEnumerable<PruningTarget> Widths(ModelConfig config, int drop)
    {
        if (config.Mixture is { } mixture)
        {
            for (var experts = mixture.RoutedExperts; experts >= PruningTarget.FewestExperts(mixture); experts -= mixture.Groups)
                yield return new PruningTarget { DropLayers = drop, Experts = experts == mixture.RoutedExperts ? null : experts };
            yield break;
        }
        yield return new PruningTarget { DropLayers = drop };
        for (var width = (config.IntermediateSize - 1) / WidthStep * WidthStep; width >= WidthStep; width -= WidthStep)
            yield return new PruningTarget { DropLayers = drop, FeedForward = width };
    }
}
