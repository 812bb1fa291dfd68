using Geobuk.Cli.Terminal;
using Geobuk.Recipes;

namespace Geobuk.Cli.Plans;

/// <summary>Holds a plan against what is there and looks for the nearest setting that fits.</summary>
internal sealed class PlanFit(RunPlan plan, Recipe recipe, PlannedModel model, MachineSpeed speed)
{
    private const int ShortestSequence = 128;
    private const double UsableShare = 0.95;
    private const string QuantizedFile = "base.gguf";

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
            var (before, start) = OnlySlower(train, resource);
            foreach (var (others, changed) in Candidates(start))
            {
                IReadOnlyList<string> settings = [.. before, .. others];
                var demanded = demand(plan.Train(changed));
                if (demanded <= available)
                    return new PlanProblem(step.Name, resource, needed, available, settings, $"{string.Join(' ', settings.Select(setting => "--set " + setting))} needs {Quantity.Bytes(demanded)}.{Made(train, changed)}");
                smallest = Math.Min(smallest, demanded);
            }
            var where = resource == "memory" ? "a machine" : "a GPU";
            return new PlanProblem(step.Name, resource, needed, available, [],
                $"No setting fits: with the smallest batch and adapters it needs {Quantity.Bytes(smallest)}. Train on {where} with more memory, or start from a smaller model.");
        }
        return new PlanProblem(step.Name, resource, needed, available, [], $"Run the step on a machine with {Quantity.Bytes(needed / UsableShare)} or more, or start from a smaller model.");
    }

    /// <summary>A quicker setting of the same steps that fits: a worker for each GPU. Null where there is none.</summary>
    public PlanAdvice? Faster(PlanStep step)
    {
        if (recipe.Train is not { FusedUpdate: false } train || speed.Gpu is not { } gpu || train.Workers >= gpu.Count) return null;
        // Workers share the micro-batches of a step, so there must be as many; smaller ones make more of them.
        var parts = (gpu.Count + train.GradientAccumulation - 1) / train.GradientAccumulation;
        while (train.MicroBatch % parts != 0) parts--;
        var (batch, accumulation) = (train.MicroBatch / parts, train.GradientAccumulation * parts);
        var wanted = train with { MicroBatch = batch, GradientAccumulation = accumulation, Workers = gpu.Used(accumulation) };
        var quicker = plan.Train(wanted);
        if (quicker.Seconds >= step.Seconds || quicker.GpuBytes > gpu.UsableBytes || Memory(quicker) > MainMemory) return null;
        string[] finer = parts == 1 ? [] : [$"train.micro_batch={batch}", $"train.gradient_accumulation={accumulation}"];
        return new PlanAdvice(step.Name, [$"train.workers={wanted.Workers}", .. finer], quicker.Seconds);
    }

    private (IReadOnlyList<string> Settings, TrainConfig Train) OnlySlower(TrainConfig train, string resource)
    {
        if (speed.Gpu is null) return resource == "memory" && !train.ReturnMemory ? (["train.return_memory=true"], train with { ReturnMemory = true }) : ([], train);
        // Workers that share a GPU gain nothing by it, and each takes main memory for the weights on their way.
        var workers = resource == "memory" ? Halves(train.Workers, 1).FirstOrDefault(fewer => Memory(plan.Train(train with { Workers = fewer })) <= MainMemory, 1) : speed.Gpu.Used(train.Workers);
        return workers < train.Workers ? ([$"train.workers={workers}"], train with { Workers = workers }) : ([], train);
    }

    /// <summary>How a quantized base comes about that a setting names.</summary>
    private static string Made(TrainConfig train, TrainConfig changed) => changed.Lora.QuantizedBase is { } file && train.Lora.QuantizedBase is null
        ? $" geobuk compress MODEL --out {file} --preset {PlannedModel.QuantizedPreset} --no-surgery makes the file." : "";

    /// <summary>
    /// Other settings in the order of what they change: smaller micro-batches with as many more of them give the same steps, layers computed
    /// again the same steps for more time, shorter sequences other packing, 8-bit moments other rounding, a fused update no clipping,
    /// adapters another training, on a quantized base another model, too.
    /// </summary>
    private IEnumerable<(IReadOnlyList<string> Settings, TrainConfig Train)> Candidates(TrainConfig train)
    {
        foreach (var smaller in Smaller(train, train)) yield return smaller;
        foreach (var smaller in Smaller(train, train with { OptimizerState = OptimizerStateType.Int8 })) yield return smaller;
        // Accumulated gradients and those of several workers are there all together.
        if (train is { FusedUpdate: false, GradientAccumulation: 1, Workers: 1 })
        {
            var fused = train with { FusedUpdate = true, ClipNorm = null, SpikeDeviations = null };
            foreach (var smaller in Smaller(train, fused)) yield return smaller;
            foreach (var smaller in Smaller(train, fused with { OptimizerState = OptimizerStateType.Int8 })) yield return smaller;
        }
        if (TrainingMemory.AdapterWeights(model, train.Lora) == 0) yield break;
        var adapted = train with { Method = TrainMethod.Lora, Freeze = [] };
        if (train.Method != TrainMethod.Lora)
            foreach (var smaller in Smaller(train, adapted)) yield return smaller;
        if (train.Lora.QuantizedBase is not null) yield break;
        foreach (var smaller in Smaller(train, adapted with { Lora = train.Lora with { QuantizedBase = QuantizedFile } })) yield return smaller;
    }

    private static IEnumerable<(IReadOnlyList<string> Settings, TrainConfig Train)> Smaller(TrainConfig train, TrainConfig wanted)
    {
        foreach (var length in Halves(train.SequenceLength, ShortestSequence))
            foreach (var again in new[] { train.ActivationCheckpointing, true }.Distinct())
                foreach (var batch in wanted.FusedUpdate ? [train.MicroBatch] : Halves(train.MicroBatch, 1))
                    yield return Change(train, wanted with { ActivationCheckpointing = again }, length, batch);
    }

    private static (IReadOnlyList<string> Settings, TrainConfig Train) Change(TrainConfig train, TrainConfig wanted, int length, int batch)
    {
        var settings = new List<string>();
        if (wanted.Method != train.Method) settings.Add("train.method=lora");
        if (wanted.Freeze.Count != train.Freeze.Count) settings.Add("train.freeze=[]");
        if (wanted.Lora.QuantizedBase != train.Lora.QuantizedBase) settings.Add($"train.lora.quantized_base={wanted.Lora.QuantizedBase}");
        if (wanted.FusedUpdate != train.FusedUpdate) settings.Add("train.fused_update=true");
        if (wanted.ClipNorm != train.ClipNorm) settings.Add("train.clip_norm=null");
        if (wanted.SpikeDeviations != train.SpikeDeviations) settings.Add("train.spike_deviations=null");
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
