using Geobuk.Cli.Terminal;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>Holds a plan against what is there and looks for the nearest setting that fits.</summary>
internal sealed class PlanFit(RunPlan plan, Recipe recipe, PlannedModel model, MachineSpeed speed)
{
    private const int ShortestSequence = 128;
    private const double UsableShare = 0.95;

    /// <summary>Everything that does not fit.</summary>
    public IReadOnlyList<PlanProblem> Problems(IReadOnlyList<PlanStep> steps)
    {
        var problems = new List<PlanProblem>();
        foreach (var step in steps)
        {
            if (Memory(step) > MainMemory) problems.Add(Problem(step, "memory", Memory(step), MainMemory, Memory));
            if (speed.Gpu is { } gpu && step.GpuBytes > gpu.UsableBytes) problems.Add(Problem(step, "gpu memory", step.GpuBytes, (long)gpu.UsableBytes, other => other.GpuBytes));
        }
        if (steps.Sum(step => step.DiskBytes) > speed.AvailableDisk) problems.Add(Disk(steps));
        return problems;
    }

    private long MainMemory => (long)(speed.AvailableMemory * UsableShare);

    // What belongs to a file the system takes back when it needs the memory.
    private static long Memory(PlanStep step) => step.PeakRssBytes - step.MappedBytes;

    private PlanProblem Problem(PlanStep step, string resource, long needed, long available, Func<PlanStep, long> demand)
    {
        if (step.Name == "train" && recipe.Train is { } train)
        {
            var smallest = long.MaxValue;
            // What changes nothing but time comes first, and stays with what comes after.
            var returns = resource == "memory" && speed.Gpu is null && !train.ReturnMemory;
            foreach (var (others, changed) in Candidates(train with { ReturnMemory = train.ReturnMemory || returns }))
            {
                IReadOnlyList<string> settings = returns ? ["train.return_memory=true", .. others] : others;
                var demanded = demand(plan.Train(changed));
                if (demanded <= available)
                    return new PlanProblem(step.Name, resource, needed, available, settings, $"{string.Join(' ', settings.Select(setting => "--set " + setting))} needs {Quantity.Bytes(demanded)}.");
                smallest = Math.Min(smallest, demanded);
            }
            var where = resource == "memory" ? "a machine" : "a GPU";
            return new PlanProblem(step.Name, resource, needed, available, [],
                $"No setting fits: with the smallest batch and adapters it needs {Quantity.Bytes(smallest)}. Train on {where} with more memory, or start from a smaller model.");
        }
        return new PlanProblem(step.Name, resource, needed, available, [], $"Run the step on a machine with {Quantity.Bytes(needed / UsableShare)} or more, or start from a smaller model.");
    }

    /// <summary>
    /// Other settings in the order of what they change: smaller micro-batches with as many more of them give the same steps, layers computed
    /// again the same steps for more time, shorter sequences other packing, 8-bit moments other rounding, adapters another training.
    /// </summary>
    private IEnumerable<(IReadOnlyList<string> Settings, TrainConfig Train)> Candidates(TrainConfig train)
    {
        foreach (var smaller in Smaller(train, train)) yield return smaller;
        foreach (var smaller in Smaller(train, train with { OptimizerState = OptimizerStateType.Int8 })) yield return smaller;
        if (train.Method == TrainMethod.Lora || TrainingMemory.AdapterWeights(model, train.Lora) == 0) yield break;
        foreach (var smaller in Smaller(train, train with { Method = TrainMethod.Lora })) yield return smaller;
    }

    private static IEnumerable<(IReadOnlyList<string> Settings, TrainConfig Train)> Smaller(TrainConfig train, TrainConfig wanted)
    {
        foreach (var length in Halves(train.SequenceLength, ShortestSequence))
            foreach (var again in new[] { train.ActivationCheckpointing, true }.Distinct())
                foreach (var batch in train.FusedUpdate ? [train.MicroBatch] : Halves(train.MicroBatch, 1))
                    yield return Change(train, wanted with { ActivationCheckpointing = again }, length, batch);
    }

    private static (IReadOnlyList<string> Settings, TrainConfig Train) Change(TrainConfig train, TrainConfig wanted, int length, int batch)
    {
        var settings = new List<string>();
        if (wanted.Method != train.Method) settings.Add("train.method=lora");
        if (wanted.OptimizerState != train.OptimizerState) settings.Add("train.optimizer_state=int8");
        if (wanted.ActivationCheckpointing != train.ActivationCheckpointing) settings.Add("train.activation_checkpointing=true");
        if (length != train.SequenceLength) settings.Add($"train.sequence_length={length}");
        var accumulation = train.GradientAccumulation;
        if (batch != train.MicroBatch)
        {
            accumulation *= (train.MicroBatch + batch - 1) / batch;
            settings.Add($"train.micro_batch={batch}");
            settings.Add($"train.gradient_accumulation={accumulation}");
        }
        return (settings, wanted with { SequenceLength = length, MicroBatch = batch, GradientAccumulation = accumulation });
    }

    private static IEnumerable<int> Halves(int from, int to)
    {
        for (var value = from; ; value = (value + 1) / 2)
        {
            yield return value;
            if (value <= to) yield break;
        }
    }

    private PlanProblem Disk(IReadOnlyList<PlanStep> steps)
    {
        var needed = steps.Sum(step => step.DiskBytes);
        var largest = steps.MaxBy(step => step.DiskBytes)!;
        if (recipe.Train is { KeepCheckpoints: > 1 } train)
        {
            var fewer = needed - steps.Single(step => step.Name == "train").DiskBytes + plan.Train(train with { KeepCheckpoints = 1 }).DiskBytes;
            if (fewer <= speed.AvailableDisk)
                return new PlanProblem(largest.Name, "disk", needed, speed.AvailableDisk, ["train.keep_checkpoints=1"], $"--set train.keep_checkpoints=1 needs {Quantity.Bytes(fewer)}.");
        }
        return new PlanProblem(largest.Name, "disk", needed, speed.AvailableDisk, [], $"Free {Quantity.Bytes(needed - speed.AvailableDisk)}, or name a folder on another disk with --runs.");
    }
}
