using Geobuk.Compression;
using Geobuk.Compression.Quantization;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>
/// Estimates every step of a recipe. Training: three times the operations of a forward pass (Kaplan et al. 2020, arXiv:2001.08361,
/// section 2.1), twice where most weights are frozen, once more where layers are computed again, at the rate of a pass tried on this machine; the optimizer's reads and
/// writes come on top. Workers with a described GPU each share a step's micro-batches; what their exchange takes is not counted. Only routed-to experts count for time, all of them for memory. The constants are what runs of the sample
/// recipes took.
/// </summary>
internal sealed class RunPlan(Recipe recipe, PlannedModel model, CorpusSize corpus, MachineSpeed speed)
{
    private const double TokenizerBytesPerSecond = 4e6;
    private const double MergeBytesPerSecond = 1e6;
    private const double DiskBytesPerSecond = 5e8;
    private const double ProcessSeconds = 1;
    private const double TorchSeconds = 4;
    // What the host needs to start a layer's operations on a GPU, there and back: 7 to 9 ms beside an H100 (LOG.md). Small layers are done sooner.
    private const double HostSecondsPerLayer = 7e-3;
    // A process of the command line, with the engine's buffers, and one that has loaded the training's library.
    private const long ProcessBytes = 70L << 20;
    private const long EngineBytes = 110L << 20;
    private const long TorchBytes = 220L << 20;
    private const int Fp32 = 4;
    private const int Models = 3;
    private const double ExamShareThatIsRead = 0.8;
    // The corpus step's, with readers and tokenizer.
    private const long ReadersBytes = 95L << 20;

    /// <summary>One entry per step of the recipe, in their order.</summary>
    public IReadOnlyList<PlanStep> Steps()
    {
        var steps = new List<PlanStep> { Base(), Corpus() };
        if (recipe.Train is { } train) steps.Add(Train(train));
        if (recipe.Compress is { } compress) steps.Add(Compress(compress));
        if (recipe.Evaluate is { } evaluate) steps.Add(Evaluate(evaluate));
        steps.Add(new PlanStep("report", ProcessSeconds, ProcessBytes, 0, 1 << 20, 0));
        return steps;
    }

    /// <summary>The training with other settings.</summary>
    public PlanStep Train(TrainConfig train)
    {
        var batch = (long)train.SequenceLength * train.MicroBatch * train.GradientAccumulation;
        var trainable = corpus.DomainTokens * (1 - recipe.Corpus.ValidationShare) / (1 - recipe.Corpus.ReplayShare);
        var steps = train.Steps ?? Math.Max(1, (long)Math.Ceiling(trainable * train.Epochs / batch));
        var lora = train.Method == TrainMethod.Lora;
        var forward = model.ForwardOperations(train.SequenceLength / 2.0);
        // The teacher reads the sequences that hold replayed text.
        var teacher = train.ReplayDistillation ? recipe.Corpus.ReplayShare * forward : 0;
        var validations = steps / train.EvaluateEvery + 2;
        // With the GPUs of workers, the one with most micro-batches of a step says how long it takes.
        var cards = speed.Gpu?.Used(train.Workers) ?? 1;
        var rounds = (train.GradientAccumulation + cards - 1) / cards;
        var own = (double)rounds / train.GradientAccumulation;
        var sharing = speed.Gpu is null ? 1 : (train.Workers + cards - 1) / cards;
        var operations = steps * batch * own * (((lora ? 2 : 3) + (train.ActivationCheckpointing ? 1 : 0)) * forward + teacher) + validations * ValidationTokens / cards * forward;
        var memory = TrainingMemory.Of(model, train, speed.Precision, speed.Gpu is not null, recipe.Corpus.ReplayShare);
        var learning = TrainingMemory.Learning(model, train);
        // Weights, gradients and two moments are read and written once a step, by every worker.
        var optimizer = steps * sharing * learning * 32.0 / speed.TrainingMemoryBytes;
        var checkpoints = Math.Min(train.KeepCheckpoints, steps / train.CheckpointEvery);
        var checkpoint = learning * Fp32 + memory.Moments;
        var saved = model.Parameters * 2 + (lora ? learning * Fp32 : 0);
        var disk = checkpoints * checkpoint + Math.Max(saved, checkpoints > 0 ? checkpoint : 0);
        var host = speed.Gpu is null ? 0 : (double)steps * rounds * model.Config.LayerCount * HostSecondsPerLayer;
        var seconds = TorchSeconds + model.FileBytes / DiskBytesPerSecond + Math.Max(operations / speed.TrainingFlops, host) + optimizer
            + (steps / train.CheckpointEvery * (double)checkpoint + saved) / DiskBytesPerSecond;
        // Every worker holds all of it, and its share of the sum that is exchanged.
        var each = memory.Total + (train.Workers > 1 ? learning * Fp32 / train.Workers : 0);
        // With a GPU the weights pass through main memory in pieces, and come back tensor by tensor.
        var resident = train.Workers * (TorchBytes + (speed.Gpu is null ? each : 3 * model.LargestTensor * Fp32));
        return new PlanStep("train", seconds, resident, speed.Gpu is null ? 0 : sharing * each, disk, steps * batch) { Memory = memory.Parts };
    }

    private long ValidationTokens
    {
        get
        {
            var share = recipe.Corpus.ValidationShare;
            long most = recipe.Corpus.MaxValidationTokens;
            return Math.Min(most, (long)(corpus.DomainTokens * share)) + Math.Min(most, (long)(corpus.GeneralTokens * share));
        }
    }

    private PlanStep Base()
    {
        // An existing model's weights are linked, and checked in their headers.
        if (recipe.Base.Model is not null) return new PlanStep("base", ProcessSeconds, ProcessBytes, 0, 4 << 20, 0);
        var bytes = Math.Min(corpus.Bytes, (recipe.Base.Tokenizer ?? new TokenizerConfig()).TrainOnCharacters * 3);
        // A tensor to save is held three times: drawn, copied and written.
        var memory = TorchBytes + bytes / 4 + model.Parameters * Fp32 + 3 * model.LargestTensor * Fp32;
        return new PlanStep("base", TorchSeconds + bytes / MergeBytesPerSecond + model.FileBytes / DiskBytesPerSecond, memory, 0, model.FileBytes, 0);
    }

    private PlanStep Corpus()
    {
        var tokens = corpus.DomainTokens + corpus.GeneralTokens;
        var learnt = corpus.DomainTokens * (1 - recipe.Corpus.ValidationShare);
        var replayed = Math.Min(corpus.GeneralTokens, learnt * recipe.Corpus.ReplayShare / (1 - recipe.Corpus.ReplayShare) * recipe.Corpus.ReplayPasses);
        var tokenBytes = model.Config.VocabularySize <= ushort.MaxValue ? sizeof(ushort) : sizeof(int);
        var seconds = ProcessSeconds + corpus.Bytes / TokenizerBytesPerSecond / Environment.ProcessorCount;
        // Held-out text is kept as text, too.
        var disk = (learnt + replayed + ValidationTokens) * tokenBytes + (corpus.TokensPerByte > 0 ? ValidationTokens / corpus.TokensPerByte : 0);
        return new PlanStep("corpus", seconds, ReadersBytes + corpus.Bytes / 2, 0, (long)disk, tokens);
    }

    private PlanStep Compress(CompressConfig compress)
    {
        var bytes = ModelCompressor.TensorBytes(model.Config, CompressionPreset.Find(compress.Preset));
        var read = recipe.Train is null ? model.FileBytes : model.Parameters * 2;
        var seconds = ProcessSeconds + model.Parameters / speed.EncodedWeights / Environment.ProcessorCount;
        return new PlanStep("compress", seconds, ProcessBytes + Math.Min(read, speed.AvailableMemory / 2), 0, bytes, 0) { MappedBytes = Math.Min(read, speed.AvailableMemory / 2) };
    }

    private PlanStep Evaluate(EvaluateConfig evaluate)
    {
        var exam = evaluate.Exam is { } file && File.Exists(file) ? new FileInfo(file).Length * corpus.TokensPerByte * ExamShareThatIsRead : 0;
        if (evaluate.ExamLimit is { } limit && exam > 0) exam *= Math.Min(1, limit / (double)File.ReadLines(evaluate.Exam!).Count());
        var tokens = (long)(Models * (ValidationTokens + exam + 4.0 * evaluate.SpeedPrompt) + 2.0 * Math.Min(evaluate.KlTokens, ValidationTokens));
        var generated = Models * 4L * evaluate.SpeedGenerate;
        var window = Math.Min(model.Config.MaxPositions, 1024);
        var seconds = ProcessSeconds + tokens * model.ForwardOperations(window / 4.0) / speed.EngineFlops + generated * model.BytesPerToken / speed.MemoryBytes;
        var full = Math.Max(model.FileBytes, recipe.Train is null ? 0 : model.Parameters * 2);
        var light = recipe.Compress is { } compress ? ModelCompressor.TensorBytes(model.Config, CompressionPreset.Find(compress.Preset)) : 0;
        // The light model beside the adapted one, as it is and laid out for the kernels.
        var mapped = Math.Min(full + 2 * light, speed.AvailableMemory / 2);
        // What does not fit into memory comes from the disk again with every window of every model.
        foreach (var bytes in new[] { full, full, light }.Where(bytes => bytes > speed.AvailableMemory))
            seconds += Math.Ceiling(tokens / (double)Models / window) * bytes / DiskBytesPerSecond;
        var cache = Geobuk.Models.Sizes.CacheSize.Of(model.Config).Numbers * window * Fp32 * Environment.ProcessorCount;
        return new PlanStep("evaluate", seconds, EngineBytes + mapped + cache, 0, 1 << 20, tokens + generated) { MappedBytes = mapped };
    }
}
