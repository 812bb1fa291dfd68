using Geobuk.Training.Modules;
using Geobuk.Training.Optimization;

namespace Geobuk.Training;

/// <summary>What a test breaks on purpose, to see that the job refuses; nothing else sets it.</summary>
internal sealed record JobFaults
{
    /// <summary>Changes every packed batch: its mask, its positions.</summary>
    public Func<PackedBatch, PackedBatch>? Batch { get; init; }
    /// <summary>Takes the place of one over the step's predictions: (predictions of the micro-batch, of the step) to the scale.</summary>
    public Func<double, double, double>? Scale { get; init; }
    /// <summary>Changes what a checkpoint restored.</summary>
    public Action<AdamW>? Restored { get; init; }
    /// <summary>Takes the weights of a checkpoint only, as a training would that lost the rest.</summary>
    public bool ColdStart { get; init; }
    /// <summary>Called before every tensor of a checkpoint is written, with its name.</summary>
    public Action<string>? Saving { get; init; }
    /// <summary>Takes the place of a step's loss.</summary>
    public Func<long, double, double>? Loss { get; init; }
}
