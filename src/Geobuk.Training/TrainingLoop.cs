using Geobuk.Recipes;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>Optimizer steps over packed sequences. What step n sees depends on n alone.</summary>
internal sealed class TrainingLoop(
    CausalLanguageModel model, TrainConfig config, TrainingData data, AdamW optimizer, LearningRateSchedule schedule, IObjective objective, int seed)
{
    private readonly CounterRandom _dropout = new(seed, "dropout");
    private readonly LossGuard _guard = new(config.SpikeDeviations, config.StopAfterSkipped);

    /// <summary>What the loop remembers of earlier losses, for the checkpoint.</summary>
    public double[] Memory
    {
        get => _guard.Save();
        set => _guard.Restore(value);
    }

    /// <summary>What a test breaks.</summary>
    internal JobFaults? Faults { get; init; }

    /// <summary>One optimizer step: gradients of the mean loss over all predictions of all micro-batches, clip, update.</summary>
    /// <exception cref="OperationCanceledException">Between micro-batches; the weights are those before the step.</exception>
    public StepMetrics Step(CancellationToken ct)
    {
        var step = optimizer.StepCount;
        var batches = data.Batches(step, Device).ToList();
        try
        {
            var loss = Gradients(model, batches, objective, Faults, optimizer.Accumulate, i => Begin(step * batches.Count + i, ct));
            if (Faults?.Loss is { } broken) loss = broken(step, loss);
            var norm = optimizer.Clip(config.ClipNorm);
            var rate = schedule.At(step);
            var skipped = _guard.Check(step + 1, loss, norm);
            if (skipped is null) optimizer.Step(rate);
            else optimizer.Skip();
            return new StepMetrics(step + 1, loss, rate, norm, config.SequenceLength * config.MicroBatch * batches.Count) { Skipped = skipped };
        }
        finally
        {
            batches.ForEach(batch => batch.Dispose());
        }
    }

    /// <summary>Adds up the gradient of the mean loss over all tokens (or pairs) of all micro-batches and returns that mean.</summary>
    internal static double Gradients(
        CausalLanguageModel model, IReadOnlyList<MicroBatch> batches, IObjective objective, JobFaults? faults, Action accumulated, Action<int> begin)
    {
        var units = batches.Sum(batch => objective.Units(batch.Sequences));
        var loss = 0.0;
        for (var i = 0; i < batches.Count; i++)
        {
            begin(i);
            var scale = faults?.Scale is { } broken ? broken(objective.Units(batches[i].Sequences), units) : 1 / units;
            loss += objective.Backward(model, batches[i], scale);
            accumulated();
        }
        return loss / units;
    }

    /// <summary>Before micro-batch <paramref name="index"/>, counted over the whole training: its dropout depends on that number alone.</summary>
    private void Begin(long index, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) optimizer.DiscardGradients();
        ct.ThrowIfCancellationRequested();
        if (config.Method == TrainMethod.Lora && config.Lora.Dropout > 0) manual_seed((long)(_dropout.Bits(index) >> 1));
    }

    private Device Device => model.parameters().First().device;
}
