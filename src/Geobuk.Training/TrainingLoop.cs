using Geobuk.Recipes;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using static TorchSharp.torch;

namespace Geobuk.Training;

/// <summary>
/// Optimizer steps over packed sequences. What step n sees depends on n alone, and what it does not on the number of workers: the
/// micro-batches of a step are dealt out to them in turn, and every worker ends with the same sum and takes the same step.
/// </summary>
internal sealed class TrainingLoop(
    CausalLanguageModel model, TrainConfig config, TrainingData data, AdamW optimizer, LearningRateSchedule schedule, IObjective objective, ICollective workers, int seed) : IDisposable
{
    private readonly GradientExchange? _exchange = workers.Workers == 1 ? null : new GradientExchange(workers, [.. model.Trainable().Select(entry => entry.Parameter)]);
    private readonly BatchesAhead _batches = new(step => [.. data.Batches(step, model.parameters().First().device, workers)]);
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
        var batches = _batches.Take(step);
        try
        {
            var rate = schedule.At(step);
            var (losses, units) = Gradients(model, batches, objective, workers, Faults, Sum, i => Begin(step * config.GradientAccumulation + i, rate), ct);
            _exchange?.Finish(optimizer.Receive);
            var (loss, norm) = Read(losses, units);
            if (Faults?.Loss is { } broken) loss = broken(step, loss);
            if (!config.FusedUpdate) optimizer.Clip(norm, config.ClipNorm);
            var skipped = _guard.Check(step + 1, loss, norm);
            if (config.FusedUpdate) skipped = skipped is null ? null : skipped + " With train.fused_update, what had a gradient that is a number has moved already.";
            else if (skipped is null) optimizer.Step(rate);
            else optimizer.Skip();
            return new StepMetrics(step + 1, loss, rate, norm, config.SequenceLength * config.MicroBatch * config.GradientAccumulation) { Skipped = skipped };
        }
        catch (OperationCanceledException)
        {
            optimizer.DiscardGradients();
            _exchange?.Discard();
            throw;
        }
        finally
        {
            foreach (var batch in batches) batch.Dispose();
        }
    }

    /// <summary>The mean loss and the norm of its gradient. It is here that a step waits for its device, once: whether it is taken depends on both.</summary>
    private (double Loss, double Norm) Read(Tensor losses, double units)
    {
        using var scope = NewDisposeScope();
        using (losses)
        {
            double[] values = config.FusedUpdate ? [.. losses.Values<double>(), optimizer.EndStep()] : cat([losses, optimizer.Norm()]).Values<double>();
            return (workers.InTurn(values.AsSpan()[..^1]).Sum() / units, values[^1]);
        }
    }

    /// <summary>Adds up the gradient of the mean loss over all tokens (or pairs) of all micro-batches.</summary>
    /// <param name="model">The model, whose gradients are empty.</param>
    /// <param name="batches">This worker's micro-batches: those that <see cref="Collectives.Has"/> gives it.</param>
    /// <param name="objective">What they teach.</param>
    /// <param name="workers">Who has the others.</param>
    /// <param name="faults">What a test breaks.</param>
    /// <param name="sum">Takes the gradients of a round, of so many micro-batches.</param>
    /// <param name="begin">Called before a micro-batch, with its number in the step.</param>
    /// <param name="ct">Stops all workers between rounds.</param>
    /// <returns>The sums of the losses of this worker's micro-batches, fp64 on the device and not waited for, in the caller's scope; and the number of tokens (or pairs) of all.</returns>
    internal static (Tensor Losses, double Units) Gradients(CausalLanguageModel model, IReadOnlyList<MicroBatch> batches, IObjective objective, ICollective workers,
        JobFaults? faults, Action<int> sum, Action<int> begin, CancellationToken ct)
    {
        var all = workers.InTurn([.. batches.Select(batch => objective.Units(batch.Sequences))]);
        var units = all.Sum();
        using var scope = NewDisposeScope();
        var losses = new List<Tensor>();
        for (var first = 0; first < all.Length; first += workers.Workers)
        {
            if (workers.Any(ct.IsCancellationRequested)) throw new OperationCanceledException(ct);
            if (losses.Count < batches.Count)
            {
                begin(first + workers.Rank);
                var scale = faults?.Scale is { } broken ? broken(all[first + workers.Rank], units) : 1 / units;
                losses.Add(objective.Backward(model, batches[losses.Count], scale));
            }
            sum(Math.Min(workers.Workers, all.Length - first));
        }
        var sums = losses.Count == 0 ? zeros(0, float64, model.parameters().First().device) : stack(losses).to(float64);
        return (sums.MoveToOuterDisposeScope(), units);
    }

    private void Sum(int microBatches)
    {
        if (_exchange is not null) _exchange.Add(microBatches);
        else if (!config.FusedUpdate) optimizer.Accumulate();
    }

    /// <summary>Before micro-batch <paramref name="index"/>, counted over the whole training: its dropout depends on that number alone.</summary>
    private void Begin(long index, double rate)
    {
        if (config.FusedUpdate) optimizer.BeginStep(rate);
        if (config.Method == TrainMethod.Lora && config.Lora.Dropout > 0) model.DropoutSeed = (long)(_dropout.Bits(index) >> 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _batches.Dispose();
}
