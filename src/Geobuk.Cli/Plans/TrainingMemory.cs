using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>
/// Memory of the training, counted tensor by tensor as the modules keep them. Weights: masters, two moments and gradients in
/// fp32 (16 bytes a weight, with bf16 arithmetic 18). Activations: what autograd keeps of each layer until the backward pass.
/// The loss: some chunks of logits.
/// </summary>
/// <param name="Weights">The model's, and the masters where they are apart.</param>
/// <param name="Gradients">Of what learns.</param>
/// <param name="Moments">AdamW's two.</param>
/// <param name="Teacher">The base model for replayed text.</param>
/// <param name="Activations">Of one micro-batch.</param>
/// <param name="Loss">Logits of a chunk, their gradient, and the head's gradient of a chunk.</param>
internal sealed record TrainingMemory(long Weights, long Gradients, long Moments, long Teacher, long Activations, long Loss)
{
    private const int Fp32 = 4;
    private const int Moment = 2 * Fp32;
    // ChunkedCrossEntropy's chunk, and the fp32 arrays of its size that live at once.
    private const long ChunkElements = 1L << 23;
    private const int LogitArrays = 4;

    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + Moments + Teacher + Activations + Loss;

    /// <summary>The parts by name, largest first.</summary>
    public IReadOnlyDictionary<string, long> Parts => new[]
    {
        ("weights", Weights), ("gradients", Gradients), ("moments", Moments), ("teacher", Teacher), ("activations", Activations), ("loss", Loss),
    }.Where(part => part.Item2 > 0).OrderByDescending(part => part.Item2).ToDictionary(part => part.Item1, part => part.Item2);

    /// <summary>Counts for a model, a configuration and an arithmetic.</summary>
    public static TrainingMemory Of(PlannedModel model, TrainConfig train, TrainPrecision precision)
    {
        var half = precision == TrainPrecision.Bf16;
        var width = half ? 2 : Fp32;
        var lora = train.Method == TrainMethod.Lora;
        var learning = lora ? AdapterWeights(model, train.Lora) : model.Learning;
        var tokens = (long)train.SequenceLength * train.MicroBatch;
        var rows = Math.Min(tokens, Math.Max(16, ChunkElements / model.Config.VocabularySize));
        var head = (long)model.Config.VocabularySize * model.Config.HiddenSize;
        return new TrainingMemory(
            Weights: model.Parameters * width + (half ? learning * Fp32 : 0) + (lora ? learning * width : 0),
            Gradients: learning * Fp32 + (half ? model.LargestTensor * width : 0),
            Moments: learning * Moment,
            Teacher: train.ReplayDistillation ? model.Parameters * width : 0,
            Activations: tokens * TokenActivations(model.Config, train, width),
            Loss: rows * model.Config.VocabularySize * Fp32 * LogitArrays + (lora || rows == tokens ? 0 : head * width));
    }

    /// <summary>Weights of the adapters: rank times inputs and outputs of every layer that gets one.</summary>
    public static long AdapterWeights(PlannedModel model, LoraConfig lora) =>
        Geobuk.Models.Layouts.ModelLayout.Of(model.Config).Tensors
            .Where(tensor => tensor.Shape.Count == 2 && lora.Targets.Any(target => tensor.Name.EndsWith($".{target}.weight", StringComparison.Ordinal)))
            // The fused query and gate has two blocks, and an adapter for each.
            .Sum(tensor => (tensor.Shape[0] + tensor.Shape[1]) * lora.Rank * (model.Config.Latent is { OutputGate: true } && tensor.Name.EndsWith(".q_b_proj.weight", StringComparison.Ordinal) ? 2 : 1));

    /// <summary>Bytes that are kept of one token in all layers, and at the ends.</summary>
    private static long TokenActivations(ModelConfig config, TrainConfig train, int width)
    {
        long kept = 0;
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var mixture = config.IsMixture(layer);
            kept += Norm(config.HiddenSize, config.GatedNormRank, width) + Norm(config.HiddenSize, mixture ? config.GatedNormRank : 0, width);
            // The residual stream after attention and after the MLP.
            kept += 2L * config.HiddenSize * width;
            kept += config.Latent is { } latent ? Latent(config, latent, width) : Grouped(config, width);
            // The mask as numbers, made anew for every layer: one for each position that a token may read.
            kept += (long)train.SequenceLength * width;
            kept += mixture ? Mixture(config, config.Mixture!, width) : 4L * config.IntermediateSize * width;
        }
        // Embedding, final norm, the rows that predict and the leaf under the loss with its gradient.
        return kept + Norm(config.HiddenSize, 0, width) + 4L * config.HiddenSize * width;
    }

    // The normed row and the result; bf16 arithmetic norms a wide copy.
    private static long Norm(long size, long gateRank, int width)
    {
        var kept = 2 * size * width + (width == Fp32 ? 0 : size * Fp32);
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

    private static long Latent(ModelConfig config, LatentAttentionConfig latent, int width)
    {
        long keys = (long)config.HeadCount * latent.KeyHeadSize, values = (long)config.HeadCount * latent.ValueHeadSize;
        var latents = latent.QueryRank + Norm(latent.QueryRank, 0, width) / width + latent.KeyValueRank + Norm(latent.KeyValueRank, 0, width) / width + latent.RotaryHeadSize;
        var up = (long)config.HeadCount * (latent.PlainHeadSize + latent.ValueHeadSize);
        var gate = latent.OutputGate ? values * (width + Fp32) + values * width : 0;
        return (2 * keys + up + 2 * values + latents) * width + gate;
    }

    private static long Mixture(ModelConfig config, MixtureConfig mixture, int width)
    {
        long chosen = mixture.ExpertsPerToken;
        // Per chosen expert: its input, four arrays of its width, its output, the same gathered and weighted.
        var routed = chosen * (4L * config.HiddenSize + 4L * mixture.IntermediateSize) * width;
        var shared = mixture.SharedExperts > 0 ? (4L * mixture.SharedIntermediateSize + config.HiddenSize) * width : 0;
        return routed + shared + 4L * mixture.RoutedExperts * Fp32 + (config.HiddenSize + config.HiddenSize) * (long)Fp32;
    }
}
