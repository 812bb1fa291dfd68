using Geobuk.Models;
using Geobuk.Models.Layouts;
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
/// <param name="Gaps">On a CPU: memory between the activations that the heap cannot use again, where short-lived tensors lay.</param>
internal sealed record TrainingMemory(long Weights, long Gradients, long Moments, long Teacher, long Activations, long Loss, long Gaps)
{
    private const int Fp32 = 4;
    private const int Moment = 2 * Fp32;
    // ChunkedCrossEntropy's chunk, and the fp32 arrays of its size that live at once.
    private const long ChunkElements = 1L << 24;
    private const int LogitArrays = 6;
    // The kernel writes the gradient over the logits, in their own type; the backward pass makes one more.
    private const int KernelLogitArrays = 2;
    // Arrays of the size of a chunk's replayed rows that a teacher adds.
    private const int TeacherArrays = 4;
    // What runs of several shapes left unused of the short-lived tensors' memory, and of the long-lived ones'.
    private const double ShortLivedGaps = 0.6, LongLivedGaps = 0.05;

    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + Moments + Teacher + Activations + Loss + Gaps;

    /// <summary>The parts by name, largest first.</summary>
    public IReadOnlyDictionary<string, long> Parts => new[]
    {
        ("weights", Weights), ("gradients", Gradients), ("moments", Moments), ("teacher", Teacher), ("activations", Activations), ("loss", Loss), ("gaps", Gaps),
    }.Where(part => part.Item2 > 0).OrderByDescending(part => part.Item2).ToDictionary(part => part.Item1, part => part.Item2);

    /// <summary>Counts for a model, a configuration and an arithmetic.</summary>
    public static TrainingMemory Of(PlannedModel model, TrainConfig train, TrainPrecision precision, bool onGpu, double replayShare)
    {
        var half = precision == TrainPrecision.Bf16;
        var width = half ? 2 : Fp32;
        var lora = train.Method == TrainMethod.Lora;
        var learning = lora ? AdapterWeights(model, train.Lora) : model.Learning;
        var tokens = (long)train.SequenceLength * train.MicroBatch;
        var rows = Math.Min(tokens, Math.Max(16, ChunkElements / model.Config.VocabularySize));
        var head = (long)model.Config.VocabularySize * model.Config.HiddenSize;
        var memory = new TrainingMemory(
            Weights: model.Parameters * width + (half ? learning * Fp32 : 0) + (lora ? learning * width : 0),
            // The sum over micro-batches, and beside it the next one's: in bf16 tensor by tensor, in fp32 as far as there is a next one.
            Gradients: learning * Fp32 + (half ? model.LargestTensor * width : train.GradientAccumulation > 1 ? learning * Fp32 : 0),
            Moments: learning * Moment,
            Teacher: train.ReplayDistillation ? model.Parameters * width : 0,
            Activations: tokens * TokenActivations(model.Config, train, width, kernels: !onGpu),
            Loss: Logits(rows * model.Config.VocabularySize, train.ReplayDistillation ? replayShare : null, onGpu ? null : width) + (lora || rows == tokens ? 0 : head * width),
            Gaps: 0);
        if (onGpu) return memory;
        var shortLived = tokens * width * (model.Config.LayerCount * ShortLived(model.Config) + (lora ? 4 * AdaptedOutputs(model, train.Lora) : 0));
        return memory with { Gaps = (long)(ShortLivedGaps * shortLived + LongLivedGaps * (memory.Weights + memory.Gradients + memory.Moments)) };
    }

    private static long Logits(long elements, double? replayShare, int? kernelWidth) =>
        replayShare is null && kernelWidth is { } width ? elements * width * KernelLogitArrays : (long)(elements * Fp32 * (LogitArrays + TeacherArrays * (replayShare ?? 0)));

    /// <summary>Weights of the adapters: rank times inputs and outputs of every layer that gets one.</summary>
    public static long AdapterWeights(PlannedModel model, LoraConfig lora) => Adapted(model, lora).Sum(tensor =>
    {
        // The fused query and gate has two blocks, and an adapter for each.
        var blocks = model.Config.Latent is { OutputGate: true } && tensor.Name.EndsWith(".q_b_proj.weight", StringComparison.Ordinal) ? 2 : 1;
        return (tensor.Shape[0] + tensor.Shape[1]) * lora.Rank * blocks + (lora.Variant == LoraVariant.Dora ? tensor.Shape[0] : 0);
    });

    // Numbers of a token and layer on the way: projections before they are turned, the turn's products, sums before the norms.
    private static long ShortLived(ModelConfig config) => 9L * config.HeadCount * config.HeadSize + 5L * config.HiddenSize;

    /// <summary>Outputs of all layers that get an adapter: each is made again before, within and after the adapter.</summary>
    private static long AdaptedOutputs(PlannedModel model, LoraConfig lora) => Adapted(model, lora).Sum(tensor => tensor.Shape[0]);

    private static IEnumerable<TensorSpec> Adapted(PlannedModel model, LoraConfig lora) => ModelLayout.Of(model.Config).Tensors
        .Where(tensor => tensor.Shape.Count == 2 && lora.For(model.Config).Targets.Any(target => tensor.Name == $"{target}.weight" || tensor.Name.EndsWith($".{target}.weight", StringComparison.Ordinal)));

    /// <summary>Bytes that are kept of one token in all layers, and at the ends.</summary>
    private static long TokenActivations(ModelConfig config, TrainConfig train, int width, bool kernels)
    {
        long kept = 0;
        // The kernel keeps gate and up before they meet and their product; tensor by tensor there is silu(gate), too.
        var inner = kernels && train.Method == TrainMethod.Full && !config.MlpBias ? 3L : 4L;
        for (var layer = 0; layer < config.LayerCount; layer++)
        {
            var mixture = config.IsMixture(layer);
            kept += Norm(config.HiddenSize, config.GatedNormRank, width, kernels) + Norm(config.HiddenSize, mixture ? config.GatedNormRank : 0, width, kernels);
            // The residual stream after attention and after the MLP.
            kept += 2L * config.HiddenSize * width;
            kept += config.Latent is { } latent ? Latent(config, latent, width, kernels) : Grouped(config, width);
            // The mask as numbers, made anew for every layer: one for each position that a token may read.
            kept += (long)train.SequenceLength * width;
            kept += mixture ? Mixture(config, config.Mixture!, width, inner) : inner * config.IntermediateSize * width;
        }
        // Embedding, final norm, the rows that predict and the leaf under the loss with its gradient.
        return kept + Norm(config.HiddenSize, 0, width, kernels) + 4L * config.HiddenSize * width;
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
        var latents = latent.QueryRank + Norm(latent.QueryRank, 0, width, kernels) / width + latent.KeyValueRank + Norm(latent.KeyValueRank, 0, width, kernels) / width + latent.RotaryHeadSize;
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
