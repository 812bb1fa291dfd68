namespace Geobuk.Recipes;

/// <summary>Further training: more text, chats, preferences or a teacher.</summary>
public sealed record TrainConfig
{
    /// <summary>What training makes better.</summary>
    [RecipeKey]
    public TrainObjective Objective { get; init; }
    /// <summary>JSONL files or folders of them: lines of messages (and tools) for sft, of prompt, chosen and rejected messages for dpo.</summary>
    [RecipeKey(Path = PathKind.Documents)]
    public IReadOnlyList<string> Data { get; init; } = [];
    /// <summary>How strongly dpo holds on to the model it started from.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 10, Advice = "0.05 to 0.5 is usual.")]
    public double DpoBeta { get; init; } = 0.1;
    /// <summary>The teacher, for the objective distill.</summary>
    [RecipeKey]
    public DistillationConfig? Distillation { get; init; }
    /// <summary>Weight of the squared log of the softmax's denominator, which keeps logits from drifting.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, Advice = "0 to 0.0001 is usual.")]
    public double ZLoss { get; init; }
    /// <summary>Which weights learn.</summary>
    [RecipeKey]
    public TrainMethod Method { get; init; }
    /// <summary>The adapter, for the method lora.</summary>
    [RecipeKey]
    public LoraConfig Lora { get; init; } = new();
    /// <summary>Parts of the model that keep the base's weights; method full only.</summary>
    [RecipeKey(Choices = ["embeddings", "head", "attention", "mlp", "norms"])]
    public IReadOnlyList<string> Freeze { get; init; } = [];
    /// <summary>Arithmetic of the forward and backward passes; masters are fp32 always.</summary>
    [RecipeKey]
    public TrainPrecision Precision { get; init; }
    /// <summary>Keeps only what enters each layer and computes the layer again in the backward pass: the same gradients in less memory, for about a third more time.</summary>
    [RecipeKey]
    public bool ActivationCheckpointing { get; init; }
    /// <summary>How AdamW's moments are stored between steps.</summary>
    [RecipeKey]
    public OptimizerStateType OptimizerState { get; init; }
    /// <summary>Updates each layer within the backward pass and frees its gradients at once; needs gradient_accumulation 1, clip_norm null and spike_deviations null.</summary>
    [RecipeKey]
    public bool FusedUpdate { get; init; }
    /// <summary>Gives large tensors back to the system as soon as they are freed, on a CPU: about a fifth less memory, for up to a quarter more time.</summary>
    [RecipeKey]
    public bool ReturnMemory { get; init; }
    /// <summary>Single-threaded fp32: the same bits on every run.</summary>
    [RecipeKey]
    public bool Deterministic { get; init; }
    /// <summary>Replayed text is learnt from the base model's probabilities instead of its tokens, against forgetting.</summary>
    [RecipeKey]
    public bool ReplayDistillation { get; init; }
    /// <summary>How much a token counts that is learnt from the base model's probabilities; a token of the domain counts 1.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 100, Advice = "1 to 4 is usual.")]
    public double ReplayWeight { get; init; } = 1;
    /// <summary>Tokens in a packed sequence.</summary>
    [RecipeKey(Minimum = 8, Maximum = 1_048_576, Advice = "256 to 4096 is usual.")]
    public int SequenceLength { get; init; } = 256;
    /// <summary>Packed sequences per forward pass.</summary>
    [RecipeKey(Minimum = 1, Maximum = 4096, Advice = "1 to 32 is usual; memory grows with it.")]
    public int MicroBatch { get; init; } = 8;
    /// <summary>Micro-batches per optimizer step.</summary>
    [RecipeKey(Minimum = 1, Maximum = 65_536)]
    public int GradientAccumulation { get; init; } = 1;
    /// <summary>Processes that share the micro-batches of a step over MPI (Open MPI, installed on the system); the result does not depend on their number.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1024)]
    public int Workers { get; init; } = 1;
    /// <summary>Passes over the training tokens; used where steps is null.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 1000, Advice = "1 to 3 is usual.")]
    public double Epochs { get; init; } = 1;
    /// <summary>Optimizer steps; null derives them from the epochs.</summary>
    [RecipeKey(Minimum = 1)]
    public int? Steps { get; init; }
    /// <summary>Peak learning rate.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 1, Advice = "0.00001 to 0.001 is usual.")]
    public double LearningRate { get; init; } = 1e-3;
    /// <summary>Last learning rate divided by the peak.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, Advice = "0.1 is usual.")]
    public double MinLearningRateRatio { get; init; } = 0.1;
    /// <summary>Steps of linear warm-up.</summary>
    [RecipeKey(Minimum = 0)]
    public int WarmupSteps { get; init; } = 20;
    /// <summary>Form of the rate after the warm-up.</summary>
    [RecipeKey]
    public RateSchedule Schedule { get; init; }
    /// <summary>Share of the steps in which the schedule wsd decays.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Maximum = 1, Advice = "0.1 to 0.3 is usual.")]
    public double DecayShare { get; init; } = 0.2;
    /// <summary>What the training may cost in general ability; null measures it without a limit.</summary>
    [RecipeKey]
    public ForgettingConfig? Forgetting { get; init; }
    /// <summary>AdamW's decoupled decay, on matrices only.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, Advice = "0.01 to 0.1 is usual.")]
    public double WeightDecay { get; init; } = 0.1;
    /// <summary>Largest global gradient norm; null leaves gradients as they are.</summary>
    [RecipeKey(Minimum = 0, AboveMinimum = true, Advice = "1 is usual.")]
    public double? ClipNorm { get; init; } = 1;
    /// <summary>Decay of the first moment.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0.9 is usual.")]
    public double Beta1 { get; init; } = 0.9;
    /// <summary>Decay of the second moment.</summary>
    [RecipeKey(Minimum = 0, Maximum = 1, BelowMaximum = true, Advice = "0.95 to 0.999 is usual.")]
    public double Beta2 { get; init; } = 0.95;
    /// <summary>Multiple-choice exam in JSON lines, asked at every validation beside the held-out sets; null asks none.</summary>
    [RecipeKey(Path = PathKind.File)]
    public string? Exam { get; init; }
    /// <summary>Questions of it at most; null asks all.</summary>
    [RecipeKey(Minimum = 1)]
    public int? ExamLimit { get; init; } = 50;
    /// <summary>Steps between validations.</summary>
    [RecipeKey(Minimum = 1)]
    public int EvaluateEvery { get; init; } = 50;
    /// <summary>Steps between checkpoints.</summary>
    [RecipeKey(Minimum = 1)]
    public int CheckpointEvery { get; init; } = 100;
    /// <summary>Checkpoints kept.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1000)]
    public int KeepCheckpoints { get; init; } = 2;
    /// <summary>A loss this many standard deviations above the mean of the last 64 steps skips the step; null skips only what is no number.</summary>
    [RecipeKey(Minimum = 3, Maximum = 1000, Advice = "6 to 20 is usual.")]
    public double? SpikeDeviations { get; init; } = 10;
    /// <summary>Skipped steps in a row that end the training.</summary>
    [RecipeKey(Minimum = 1, Maximum = 1000, Advice = "3 to 10 is usual.")]
    public int StopAfterSkipped { get; init; } = 5;
}
