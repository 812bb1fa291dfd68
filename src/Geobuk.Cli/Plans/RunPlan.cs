using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>
/// Estimates every step of a recipe. Training: 6 operations a weight and token forward and backward (Kaplan et al. 2020,
/// arXiv:2001.08361, section 2.1), 4 where the weights are frozen, plus attention, over the measured rate of a matrix product.
/// The factors below are what runs of the sample recipes took compared with that.
/// </summary>
internal sealed class RunPlan(Recipe recipe, ModelSize model, CorpusSize corpus, MachineSpeed speed)
{
    // Of the rate of a bare product; the rest goes to attention's small products, norms, the loss and copies.
    private const double TrainingEfficiency = 0.35;
    // The engine's prefill compared with the training's products.
    private const double EngineEfficiency = 0.15;
    private const double TokenizerBytesPerSecond = 4e6;
    private const double MergeBytesPerSecond = 1e6;
    private const double EncodedWeightsPerSecond = 1e7;
    private const double DiskBytesPerSecond = 5e8;
    private const double ProcessSeconds = 1;
    private const double TorchSeconds = 4;
    private const long ProcessBytes = 120L << 20;
    private const long TorchBytes = 450L << 20;
    private const int Fp32 = 4;
    private const int Models = 3;
    private const int ChoicesPerQuestion = 4;
    private const int TokensPerChoice = 40;
    private const int BytesPerQuestion = 400;

    /// <summary>Bits a weight in the light file, scales included.</summary>
    private static readonly Dictionary<string, double> BitsPerWeight = new()
    {
        ["f32"] = 32, ["f16"] = 16, ["bf16"] = 16, ["q8_0"] = 8.5, ["q4_0"] = 4.5, ["q4_k"] = 4.5, ["q6_k"] = 6.5625, ["q4_k_m"] = 4.9,
    };

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
        if (recipe.Base.Tokenizer is not { } tokenizer) return new("base", ProcessSeconds + model.Bytes / DiskBytesPerSecond, ProcessBytes, 0, 4 << 20, 0);
        var bytes = Math.Min(corpus.Bytes, tokenizer.TrainOnCharacters * 3);
        return new("base", TorchSeconds + bytes / MergeBytesPerSecond, TorchBytes + bytes / 4 + model.Bytes, 0, model.Bytes, 0);
    }

    private PlanStep Corpus()
    {
        var tokens = corpus.DomainTokens + corpus.GeneralTokens;
        var kept = corpus.DomainTokens * (1 + recipe.Corpus.ReplayShare / (1 - recipe.Corpus.ReplayShare));
        var tokenBytes = model.Vocabulary <= ushort.MaxValue ? sizeof(ushort) : sizeof(int);
        return new("corpus", ProcessSeconds + corpus.Bytes / TokenizerBytesPerSecond / Environment.ProcessorCount, ProcessBytes + corpus.Bytes / 2, 0, (long)(kept * tokenBytes), tokens);
    }

    private PlanStep Train(TrainConfig train)
    {
        var batch = (long)train.SequenceLength * train.MicroBatch;
        var trainable = corpus.DomainTokens * (1 - recipe.Corpus.ValidationShare) / (1 - recipe.Corpus.ReplayShare);
        var steps = train.Steps ?? Math.Max(1, (long)Math.Ceiling(trainable * train.Epochs / (batch * train.GradientAccumulation)));
        var tokens = steps * batch * train.GradientAccumulation;
        var learning = train.Method == TrainMethod.Lora ? LoraWeights(train.Lora) : model.Parameters;
        var attention = 12.0 * model.Layers * model.Hidden * train.SequenceLength;
        var perToken = (train.Method == TrainMethod.Lora ? 4.0 : 6.0) * model.Matrix + attention;
        var validations = steps / train.EvaluateEvery + 2;
        var operations = tokens * perToken + validations * ValidationTokens * (2.0 * model.Matrix + attention / 3);
        // Weights, gradients and two moments are read and written once a step.
        var seconds = TorchSeconds + operations / (speed.TrainingFlops * TrainingEfficiency) + steps * learning * 32.0 / speed.MemoryBytes;
        var memory = (model.Parameters + 3 * learning) * Fp32 + batch * (model.Layers * (10L * model.Hidden + 4L * model.Intermediate) * Fp32 + 4L * model.Vocabulary);
        var disk = model.Parameters * Fp32 + train.KeepCheckpoints * learning * 3 * Fp32;
        return new("train", seconds, speed.OnGpu ? TorchBytes + model.Bytes : TorchBytes + memory, speed.OnGpu ? memory : 0, disk, tokens);
    }

    private PlanStep Compress(CompressConfig compress)
    {
        var bytes = (long)(model.Parameters * BitsPerWeight[compress.Preset] / 8);
        return new("compress", ProcessSeconds + model.Parameters / EncodedWeightsPerSecond / Environment.ProcessorCount, ProcessBytes + model.Parameters * Fp32 / model.Layers, 0, bytes, 0);
    }

    private PlanStep Evaluate(EvaluateConfig evaluate)
    {
        var questions = evaluate.Exam is { } exam && File.Exists(exam) ? Math.Min(evaluate.ExamLimit ?? long.MaxValue, new FileInfo(exam).Length / BytesPerQuestion) : 0;
        var tokens = Models * (ValidationTokens + questions * ChoicesPerQuestion * TokensPerChoice + evaluate.SpeedPrompt) + 2L * evaluate.KlTokens;
        var generated = Models * evaluate.SpeedGenerate;
        var seconds = ProcessSeconds + tokens * 2.0 * model.Matrix / (speed.TrainingFlops * EngineEfficiency) + generated * (double)model.Bytes / speed.MemoryBytes;
        return new("evaluate", seconds, ProcessBytes + 2 * model.Parameters * Fp32, 0, 1 << 20, tokens + generated);
    }

    private long LoraWeights(LoraConfig lora) => model.Layers * lora.Targets.Sum(target => (long)lora.Rank * (target switch
    {
        "gate_proj" or "up_proj" or "down_proj" => model.Hidden + model.Intermediate,
        _ => 2 * model.Hidden,
    }));
}
