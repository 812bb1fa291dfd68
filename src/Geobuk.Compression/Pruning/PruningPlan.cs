using Geobuk.Models;

namespace Geobuk.Compression.Pruning;

/// <summary>The parts of a model that stay, by their numbers in it.</summary>
/// <param name="Layers">Layers, ascending.</param>
/// <param name="Channels">By dense layer of the original: channels of its MLP, ascending; absent layers keep all.</param>
/// <param name="Experts">By mixture layer of the original: experts, ascending; absent layers keep all.</param>
public sealed record PruningPlan(IReadOnlyList<int> Layers, IReadOnlyDictionary<int, int[]> Channels, IReadOnlyDictionary<int, int[]> Experts)
{
    /// <summary>Tokens that stay, ascending; null keeps all.</summary>
    public int[]? Vocabulary { get; init; }

    /// <summary>Keeps what matters most.</summary>
    /// <param name="config">The model.</param>
    /// <param name="target">How much stays.</param>
    /// <param name="importance">What matters.</param>
    public static PruningPlan Of(ModelConfig config, PruningTarget target, ModelImportance importance)
    {
        target.Validate(config);
        var all = Enumerable.Range(0, config.LayerCount).ToList();
        var dropped = all.OrderBy(layer => importance.Layers[layer]).Take(target.DropLayers).ToHashSet();
        var layers = all.Where(layer => !dropped.Contains(layer)).ToList();
        var channels = new Dictionary<int, int[]>();
        var experts = new Dictionary<int, int[]>();
        foreach (var layer in layers)
        {
            if (!config.IsMixture(layer) && target.FeedForward is { } width) channels[layer] = Largest(importance.Channels[layer], 0, importance.Channels[layer].Length, width);
            if (config.IsMixture(layer) && target.Experts is { } count) experts[layer] = ByGroup(importance.Experts[layer], config.Mixture!.Groups, count);
        }
        return new PruningPlan(layers, channels, experts);
    }

    /// <summary>The configuration of what stays.</summary>
    public ModelConfig Apply(ModelConfig config, PruningTarget target) => config with
    {
        LayerCount = Layers.Count,
        VocabularySize = Vocabulary?.Length ?? config.VocabularySize,
        BosTokenId = config.BosTokenId is { } bos ? Numbered(bos) : null,
        EosTokenIds = [.. config.EosTokenIds.Select(Numbered).OfType<int>()],
        IntermediateSize = target.FeedForward ?? config.IntermediateSize,
        Mixture = config.Mixture is { } mixture
            ? mixture with { RoutedExperts = target.Experts ?? mixture.RoutedExperts, DenseLayers = [.. Enumerable.Range(0, Layers.Count).Where(place => !config.IsMixture(Layers[place]))] }
            : null,
    };

    private int? Numbered(int id) => Vocabulary is null ? id : Array.BinarySearch(Vocabulary, id) is >= 0 and var number ? number : null;

    /// <summary>As many from every group, or the router would choose among groups of other sizes.</summary>
    private static int[] ByGroup(double[] importance, int groups, int count)
    {
        var size = importance.Length / groups;
        return [.. Enumerable.Range(0, groups).SelectMany(group => Largest(importance, group * size, size, count / groups))];
    }

    private static int[] Largest(double[] importance, int first, int length, int count) =>
        [.. Enumerable.Range(first, length).OrderByDescending(i => importance[i]).ThenBy(i => i).Take(count).Order()];
}
