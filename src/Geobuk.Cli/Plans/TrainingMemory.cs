using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>
/// Memory of the training, counted tensor by tensor as the modules keep them, at the moment when it is largest: in the proofs before the
/// first step, at the loss, in the topmost layer's backward pass, or at the end of it, when all gradients exist.
/// </summary>
/// <param name="Weights">The model's, fp32 or bf16; the masters where they are apart; the teacher's.</param>
/// <param name="Gradients">Of all that learns, or of one layer where the update is fused.</param>
/// <param name="Moments">AdamW's two, in fp32 or in 8 bits.</param>
/// <param name="Activations">What autograd keeps of one micro-batch, and what a layer needs on its way.</param>
/// <param name="Loss">Logits of a chunk, their gradient, and what the teacher adds.</param>
/// <param name="Gaps">On a CPU: memory between short-lived tensors that the heap cannot use again.</param>
internal sealed record TrainingMemory(long Weights, long Gradients, long Moments, long Activations, long Loss, long Gaps)
{
    private const int Fp32 = 4;
    // ChunkedCrossEntropy's chunk, and the fp32 arrays of its size that live at once.
    private const long ChunkElements = 1L << 24;
    private const int LogitArrays = 6;
    // The kernel writes the gradient over the logits, in their own type; the backward pass makes one more.
    private const int KernelLogitArrays = 2;
    // Arrays of the size of a chunk's replayed rows that a teacher adds.
    private const int TeacherArrays = 4;
    // Tokens of the proofs before the first step, and the arrays of all their logits that live at once.
    private const int ProofTokens = 256, ProofLogitArrays = 4;
    // A code for each of two moments, and two fp32 scales for 256 of them.
    private const double CodedMoments = 2 + 8.0 / 256;
    // What runs left unused of the short-lived tensors' memory, less where layers are computed again, and of the long-lived ones'; LOG.md has them.
    private const double ShortLivedGaps = 0.9, RecomputedGaps = 0.45, LongLivedGaps = 0.05;

    /// <summary>All of it.</summary>
    public long Total => Weights + Gradients + Moments + Activations + Loss + Gaps;

    /// <summary>The parts by name, largest first.</summary>
    public IReadOnlyDictionary<string, long> Parts => new[]
    {
        ("weights", Weights), ("gradients", Gradients), ("moments", Moments), ("activations", Activations), ("loss", Loss), ("gaps", Gaps),
    }.Where(part => part.Item2 > 0).OrderByDescending(part => part.Item2).ToDictionary(part => part.Item1, part => part.Item2);

    /// <summary>Counts for a model, a configuration and an arithmetic.</summary>
    public static TrainingMemory Of(PlannedModel model, TrainConfig train, TrainPrecision precision, bool onGpu, double replayShare)
    {
        var half = precision == TrainPrecision.Bf16;
        var width = half ? 2 : Fp32;
        var lora = train.Method == TrainMethod.Lora;
        var learning = Learning(model, train);
        var tokens = (long)train.SequenceLength * train.MicroBatch;
        var layers = new LayerMemory(model, train, width, !onGpu);
        var head = lora ? 0 : (long)model.Config.VocabularySize * model.Config.HiddenSize;
        var rows = Math.Min(tokens, Math.Max(16, ChunkElements / model.Config.VocabularySize));

        // Gradients that exist when a micro-batch begins, the sum of those before it, and those that it makes: of all that learns where
        // nothing takes them over as they come, else of one layer or the head.
        var sums = half || train.GradientAccumulation > 1;
        var earlier = sums && !train.FusedUpdate ? learning * Fp32 : 0;
        var one = Math.Min(learning, Math.Max(head, model.LargestLayer));
        var own = train.FusedUpdate ? one * (width + (half ? Fp32 : 0)) : sums && train.Workers == 1 ? one * width : learning * width;
        var kept = tokens * (layers.Ends + (train.ActivationCheckpointing ? layers.Entering : layers.Kept));
        // A layer at work: its short-lived tensors and, computed again, all that it keeps.
        var layer = tokens * (layers.OnTheWay + (train.ActivationCheckpointing ? layers.LargestKept : 0)) + (lora ? 0 : layers.JoinedWeights * width);
        var held = new TrainingMemory(
            Weights: Base(model, train, width) + (half ? learning * Fp32 : 0) + (lora ? learning * width : 0) + (train.ReplayDistillation ? model.Parameters * width : 0),
            Gradients: earlier,
            Moments: train.OptimizerState == OptimizerStateType.Int8 ? (long)(learning * CodedMoments) : learning * 2 * Fp32,
            Activations: 0,
            Loss: 0,
            Gaps: 0);
        var headGradient = (rows == tokens ? 1 : 2) * head * width;
        TrainingMemory[] steps =
        [
            held with { Gradients = earlier + headGradient, Activations = kept, Loss = Logits(rows * model.Config.VocabularySize, train.ReplayDistillation ? replayShare : null, onGpu ? null : width) },
            held with { Gradients = earlier + (train.FusedUpdate ? own : headGradient), Activations = kept + layer },
            held with { Gradients = earlier + own, Activations = tokens * layers.Ends + layer },
        ];
        var shortLived = tokens * width * (model.Config.LayerCount * layers.ShortLived + (lora ? LayerMemory.Adapted(model, train.Lora).Sum(tensor => tensor.Shape[0]) : 0));
        TrainingMemory[] moments =
        [
            .. onGpu || train.ReturnMemory ? steps
                : steps.Select(step => step with { Gaps = (long)((train.ActivationCheckpointing ? RecomputedGaps : ShortLivedGaps) * shortLived + LongLivedGaps * (step.Weights + step.Gradients + step.Moments)) }),
            Proofs(model, train, learning, lora && train.Lora.QuantizedBase is null ? width : Fp32, onGpu),
            // On a GPU the matrices are there before the blocks of a quantized base take their place.
            .. onGpu && lora && train.Lora.QuantizedBase is not null ? [new TrainingMemory(model.Parameters * Fp32, 0, 0, 0, 0, 0)] : Array.Empty<TrainingMemory>(),
        ];
        return moments.MaxBy(moment => moment.Total)!;
    }

    /// <summary>Weights that learn.</summary>
    public static long Learning(PlannedModel model, TrainConfig train) => train.Method == TrainMethod.Lora ? AdapterWeights(model, train.Lora) : model.Learning;

    /// <summary>Before the first step, in fp32 whatever follows, but for frozen weights that are stored in bf16: gradients of all that learns, without optimizer or teacher.</summary>
    private static TrainingMemory Proofs(PlannedModel model, TrainConfig train, long learning, int storedWidth, bool onGpu)
    {
        var layers = new LayerMemory(model, train, Fp32, !onGpu);
        var tokens = Math.Min(ProofTokens, 4L * train.SequenceLength);
        // The windows packed, as the training computes them, and the documents of one window with their whole graph.
        var packed = tokens * (train.ActivationCheckpointing ? layers.Entering + layers.LargestKept : layers.Kept);
        var alone = tokens / 4 * layers.Kept + (train.Method == TrainMethod.Lora ? 0 : layers.GraphWeights * Fp32);
        return new TrainingMemory(Base(model, train, storedWidth) + (train.Method == TrainMethod.Lora ? learning * Fp32 : 0), learning * Fp32, 0,
            Math.Max(packed, alone) + tokens * (layers.Ends + layers.OnTheWay), tokens * model.Config.VocabularySize * Fp32 * ProofLogitArrays, 0);
    }

    /// <summary>The base's weights; of a quantized file, made already or not, its pages, the embedding, and the matrix that is being used.</summary>
    private static long Base(PlannedModel model, TrainConfig train, int width) =>
        train is { Method: TrainMethod.Lora, Lora.QuantizedBase: { } file }
            ? (File.Exists(file) ? new FileInfo(file).Length : model.QuantizedBytes) + (long)model.Config.VocabularySize * model.Config.HiddenSize * width + model.LargestTensor * (width < Fp32 ? Fp32 + width : Fp32)
            : model.Parameters * width;

    private static long Logits(long elements, double? replayShare, int? kernelWidth) =>
        replayShare is null && kernelWidth is { } width ? elements * width * KernelLogitArrays : (long)(elements * Fp32 * (LogitArrays + TeacherArrays * (replayShare ?? 0)));

    /// <summary>Weights of the adapters: rank times inputs and outputs of every layer that gets one.</summary>
    public static long AdapterWeights(PlannedModel model, LoraConfig lora) => LayerMemory.Adapted(model, lora).Sum(tensor =>
    {
        // The fused query and gate has two blocks, and an adapter for each.
        var blocks = model.Config.Latent is { OutputGate: true } && tensor.Name.EndsWith(".q_b_proj.weight", StringComparison.Ordinal) ? 2 : 1;
        return (tensor.Shape[0] + tensor.Shape[1]) * lora.Rank * blocks + (lora.Variant == LoraVariant.Dora ? tensor.Shape[0] : 0);
    });
}
