namespace Geobuk.Recipes;

/// <summary>Continued pre-training.</summary>
public sealed record TrainConfig
{
    /// <summary>Which weights learn.</summary>
    public TrainMethod Method { get; init; }
    /// <summary>The adapter, for <see cref="TrainMethod.Lora"/>.</summary>
    public LoraConfig Lora { get; init; } = new();
    /// <summary>Arithmetic of the forward and backward passes; masters and moments are fp32 always.</summary>
    public TrainPrecision Precision { get; init; }
    /// <summary>Single-threaded fp32: the same bits on every run.</summary>
    public bool Deterministic { get; init; }
    /// <summary>Tokens in a packed sequence.</summary>
    public int SequenceLength { get; init; } = 256;
    /// <summary>Packed sequences per forward pass.</summary>
    public int MicroBatch { get; init; } = 8;
    /// <summary>Micro-batches per optimizer step.</summary>
    public int GradientAccumulation { get; init; } = 1;
    /// <summary>Passes over the training tokens; used where <see cref="Steps"/> is null.</summary>
    public double Epochs { get; init; } = 1;
    /// <summary>Optimizer steps; null derives them from the epochs.</summary>
    public int? Steps { get; init; }
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;
    /// <summary>Last learning rate divided by the peak.</summary>
    public double MinLearningRateRatio { get; init; } = 0.1;
    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; } = 20;
    /// <summary>AdamW's decoupled decay, on matrices only.</summary>
    public double WeightDecay { get; init; } = 0.1;
    /// <summary>Largest global gradient norm.</summary>
    public double ClipNorm { get; init; } = 1;
    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;
    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.95;
    /// <summary>Steps between validations.</summary>
    public int EvaluateEvery { get; init; } = 50;
    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 100;
    /// <summary>Checkpoints kept.</summary>
    public int KeepCheckpoints { get; init; } = 2;
}
