using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>Bytes of one token in a model's layers while it trains.</summary>
/// <param name="model">The model.</param>
/// <param name="train">Its training.</param>
/// <param name="width">Bytes of a number.</param>
/// <param name="kernels">The CPU's kernels compute; without them, tensor by tensor.</param>
internal sealed class LayerMemory(PlannedModel model, TrainConfig train, int width, bool kernels)
{
    private const int Fp32 = 4;

    private ModelConfig Config => model.Config;

    /// <summary>Kept of all layers until the backward pass.</summary>
    public long Kept { get; } = Enumerable.Range(0, model.Config.LayerCount).Sum(layer => Layer(model.Config, train, width, kernels, model.Config.IsMixture(layer)));

    /// <summary>Kept of the layer that keeps most.</summary>
    public long LargestKept { get; } = Enumerable.Range(0, model.Config.LayerCount).Max(layer => Layer(model.Config, train, width, kernels, model.Config.IsMixture(layer)));

    /// <summary>What enters the layers.</summary>
    public long Entering => (long)Config.LayerCount * Config.HiddenSize * width;

    /// <summary>Embedding, final norm, the rows that predict and the leaf under the loss with its gradient.</summary>
    public long Ends => Norm(Config.HiddenSize, 0, width, kernels) + 4L * Config.HiddenSize * width;

    /// <summary>A layer's largest gradients on their way: of gate, up and their product, or of the projections of attention, and what an adapter makes again.</summary>
    public long OnTheWay => (Math.Max(3 * Inner, 4L * Config.HeadCount * Config.HeadSize) + 3L * Config.HiddenSize + (train.Method == TrainMethod.Lora ? LargestAdapted : 0)) * width;

    /// <summary>Numbers of a token and layer on the way: projections before they are turned, the turn's products, sums before the norms.</summary>
    public long ShortLived => 9L * Config.HeadCount * Config.HeadSize + 5L * Config.HiddenSize;

    /// <summary>Weights that are put side by side for one product, the gradient of them in one piece.</summary>
    public long JoinedWeights => kernels ? 2 * 2L * Config.HiddenSize * (Config.Mixture?.IntermediateSize ?? Config.IntermediateSize) : 0;

    /// <summary>Of all layers: weights put side by side that one graph over them keeps, without their gradients.</summary>
    public long GraphWeights => kernels
        ? Config.LayerCount * (JoinedWeights / 2 + (Config.Latent is null ? (long)Config.HiddenSize * (Config.HeadCount + 2 * Config.KeyValueHeadCount) * Config.HeadSize : 0)) : 0;

    private long Inner => Config.Mixture is { } mixture
        ? Math.Max(Config.IntermediateSize, (long)mixture.ExpertsPerToken * mixture.IntermediateSize + mixture.SharedIntermediateSize) : Config.IntermediateSize;

    private long LargestAdapted => Adapted(model, train.Lora).Select(tensor => 2 * tensor.Shape[0]).DefaultIfEmpty(0).Max();

    /// <summary>The tensors that get an adapter.</summary>
    public static IEnumerable<TensorSpec> Adapted(PlannedModel model, LoraConfig lora)
    {
        var targets = lora.For(model.Config).Targets.ToHashSet();
        return model.Tensors.Where(tensor => tensor.Shape.Count == 2 && targets.Contains(LayerOf(tensor.Name)));
    }

    /// <summary>The name before ".weight", without what comes before it.</summary>
    private static string LayerOf(string tensor)
    {
        const string Weight = ".weight";
        if (!tensor.EndsWith(Weight, StringComparison.Ordinal)) return "";
        var layer = tensor[..^Weight.Length];
        return layer[(layer.LastIndexOf('.') + 1)..];
    }

    private static long Layer(ModelConfig config, TrainConfig train, int width, bool kernels, bool mixture)
    {
        // The kernel keeps gate and up before they meet and their product; tensor by tensor there is silu(gate), too.
        var inner = kernels && train.Method == TrainMethod.Full && !config.MlpBias ? 3L : 4L;
        return Norm(config.HiddenSize, config.GatedNormRank, width, kernels) + Norm(config.HiddenSize, mixture ? config.GatedNormRank : 0, width, kernels)
            // The residual stream after attention and after the MLP.
            + 2L * config.HiddenSize * width
            + (config.Latent is { } latent ? Latent(config, latent, width, kernels) : Grouped(config, width))
            // The mask as numbers, made anew for every layer: one for each position that a token may read.
            + (long)train.SequenceLength * width
            + (mixture ? Mixture(config, config.Mixture!, width, inner) : inner * config.IntermediateSize * width);
    }

    // The result; tensor by tensor the normed row, too, and in bf16 a wide copy.
    private static long Norm(long size, long gateRank, int width, bool kernels)
    {
        var kept = kernels ? size * width : 2 * size * width + (width == Fp32 ? 0 : size * Fp32);
        if (gateRank == 0) return kept;
        // Gate: down, silu, up, sigmoid, and the product of wide numbers.
        return kept + 3 * gateRank * Fp32 + 2 * size * Fp32 + size * width;
    }

    // Turned queries and keys, values, the keys and values repeated for their groups, the mix and its rows for the projection.
    private static long Grouped(ModelConfig config, int width)
    {
        long queries = (long)config.HeadCount * config.HeadSize, keys = (long)config.KeyValueHeadCount * config.HeadSize;
        return (queries + (keys == queries ? 2 * keys : 2 * queries) + 2 * queries) * width;
    }

    private static long Latent(ModelConfig config, LatentAttentionConfig latent, int width, bool kernels)
    {
        long keys = (long)config.HeadCount * latent.KeyHeadSize, values = (long)config.HeadCount * latent.ValueHeadSize;
        var latents = (latent.QueryRank is { } rank ? rank + Norm(rank, 0, width, kernels) / width : 0) + latent.KeyValueRank + Norm(latent.KeyValueRank, 0, width, kernels) / width + latent.RotaryHeadSize;
        var up = (long)config.HeadCount * (latent.PlainHeadSize + latent.ValueHeadSize);
        var gate = latent.OutputGate ? values * (width + Fp32) + values * width : 0;
        return (2 * keys + up + 2 * values + latents) * width + gate;
    }

    private static long Mixture(ModelConfig config, MixtureConfig mixture, int width, long inner)
    {
        long chosen = mixture.ExpertsPerToken;
        // Per chosen expert: its input, the arrays of its width, its output, the same gathered and weighted.
        var routed = chosen * (4L * config.HiddenSize + inner * mixture.IntermediateSize) * width;
        var shared = mixture.SharedExperts > 0 ? (inner * mixture.SharedIntermediateSize + config.HiddenSize) * width : 0;
        return routed + shared + 4L * mixture.RoutedExperts * Fp32 + (config.HiddenSize + config.HiddenSize) * (long)Fp32;
    }
}
