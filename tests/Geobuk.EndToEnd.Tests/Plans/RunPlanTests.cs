using System.Collections.Concurrent;
using CsCheck;
using Geobuk.Cli.Plans;
using Geobuk.Models;
using Geobuk.Models.Layouts;
using Geobuk.Models.Sizes;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;

namespace Geobuk.EndToEnd.Tests.Plans;

/// <summary>The plan of a described machine: what fits, what would, and how the figures move with the recipe.</summary>
public class RunPlanTests
{
    private static readonly CorpusSize s_corpus = new(100_000_000, 20_000_000, 5_000_000, 0.25);

    private static readonly ConcurrentDictionary<string, PlannedModel> s_models = new();

    private static readonly TrainConfig s_train = new() { SequenceLength = 4096, MicroBatch = 4, Steps = 1000 };

    public static TheoryData<string> Shapes => ["ax-3.1-light", "ax-3.1", "ax-4.0-light", "ax-4.0", "ax-k1", "ax-k2-light"];

    [Theory]
    [InlineData("ax-3.1-light", "full", "train.optimizer_state=int8")]
    [InlineData("ax-3.1-light", "lora", null)]
    [InlineData("ax-4.0-light", "full", "train.optimizer_state=int8")]
    [InlineData("ax-k1", "full", "")]
    [InlineData("ax-k2-light", "full", "train.method=lora")]
    public void Problems_OneH200_NamesTheNearestSetting(string shape, string method, string? expected)
    {
        var train = s_train with { Method = Enum.Parse<TrainMethod>(method, ignoreCase: true), MicroBatch = 1, Lora = new LoraConfig { Targets = ["o_proj", "gate_proj", "up_proj", "down_proj"] } };

        var problem = Problems(Model(shape), train, "h200").SingleOrDefault(entry => entry.Resource == "gpu memory");

        Assert.Equal(expected, problem is null ? null : string.Join(' ', problem.Set));
        if (problem is not null) Assert.True(problem.NeededBytes > problem.AvailableBytes);
    }

    [Fact]
    public void Problems_LargeMicroBatch_AreMendedWithMoreOfThem()
    {
        var problem = Problems(Model("ax-3.1-light"), s_train with { Method = TrainMethod.Lora, MicroBatch = 64 }, "h200").Single();

        Assert.Contains(problem.Set, setting => setting.StartsWith("train.micro_batch=", StringComparison.Ordinal));
        var batch = problem.Set.Select(setting => int.Parse(setting.Split('=')[1])).ToArray();
        Assert.Equal(64, batch[0] * batch[1]);
    }

    /// <summary>Every worker holds all of the model on a card of its own; what is in the way of one card is not the sum over all.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 1, 8)]
    [InlineData(16, 2, 8)]
    public void Train_WorkersOnEightGpus_ShareTheTimeAndNotTheMemory(int workers, int sharing, int faster)
    {
        var (model, train) = (Model("ax-3.1-light"), s_train with { MicroBatch = 1, GradientAccumulation = 16, Method = TrainMethod.Lora, Lora = new LoraConfig { Targets = ["o_proj"] } });
        var (one, several) = (Train("h200"), Train("h200x8", workers));

        // A worker's share of the sum over all is small beside the weights.
        Assert.InRange((double)several.GpuBytes / one.GpuBytes, sharing, sharing * 1.01);
        Assert.InRange(one.Seconds / several.Seconds, 0.9 * faster, faster);
        Assert.Empty(Problems(model, train with { Workers = Math.Min(workers, 8) }, "h200x8"));

        PlanStep Train(string gpu, int count = 1) => new RunPlan(Recipe(train), model, s_corpus, Speed(gpu)).Train(train with { Workers = count });
    }

    [Fact]
    public void Problems_MoreWorkersThanGpus_NamesAsManyAsThereAre()
    {
        var train = s_train with { MicroBatch = 1, GradientAccumulation = 64, Workers = 64, Method = TrainMethod.Lora, Lora = new LoraConfig { Targets = ["o_proj"] } };

        Assert.Equal(["train.workers=8"], Problems(Model("ax-3.1-light"), train, "h200x8").Single(problem => problem.Resource == "gpu memory").Set);
    }

    /// <summary>Weights of 0.4 billion in one tensor pass through main memory in fp32, three times in every worker: some 5 GB.</summary>
    [Fact]
    public void Problems_WorkersBeyondTheMainMemory_NamesFewer()
    {
        var train = s_train with { MicroBatch = 1, GradientAccumulation = 8, Workers = 8, Method = TrainMethod.Lora, Lora = new LoraConfig { Targets = ["o_proj"] } };
        var (recipe, model, speed) = (Recipe(train), Model("ax-3.1-light"), Speed("h200x8") with { AvailableMemory = 25_000_000_000 });
        var plan = new RunPlan(recipe, model, s_corpus, speed);

        var problem = new PlanFit(plan, recipe, model, speed).Problems(plan.Steps()).Single(entry => (entry.Step, entry.Resource) == ("train", "memory"));

        Assert.Equal(["train.workers=4"], problem.Set);
    }

    [Theory]
    [InlineData(4, 1, 1, "train.workers=4 train.micro_batch=1 train.gradient_accumulation=4")]
    [InlineData(1, 32, 1, "train.workers=8")]
    [InlineData(1, 32, 8, null)]
    [InlineData(1, 1, 1, null)]
    public void Faster_EightGpus_NamesAWorkerForEach(int batch, int accumulation, int workers, string? expected)
    {
        var train = s_train with { MicroBatch = batch, GradientAccumulation = accumulation, Workers = workers, Method = TrainMethod.Lora, Lora = new LoraConfig { Targets = ["o_proj"] } };
        var (recipe, model, speed) = (Recipe(train), Model("ax-3.1-light"), Speed("h200x8"));
        var plan = new RunPlan(recipe, model, s_corpus, speed);

        var advice = new PlanFit(plan, recipe, model, speed).Faster(plan.Train(train));

        Assert.Equal(expected, advice is null ? null : string.Join(' ', advice.Set));
        if (advice is not null) Assert.True(advice.Seconds < plan.Train(train).Seconds);
    }

    /// <summary>What neither smaller batches nor 8-bit moments bring into a memory, an update without whole gradients does, or a base of 4 bits.</summary>
    [Theory]
    [InlineData("full", "train.fused_update=true train.optimizer_state=int8")]
    [InlineData("lora", "train.lora.quantized_base=base.gguf")]
    public void Problems_LittleMainMemory_NamesWhatRemains(string method, string expected)
    {
        var train = s_train with { SequenceLength = 128, MicroBatch = 1, ActivationCheckpointing = true, ReturnMemory = true, ClipNorm = null, SpikeDeviations = null, Method = Enum.Parse<TrainMethod>(method, ignoreCase: true), Lora = new LoraConfig { Targets = ["o_proj"] } };
        var (recipe, model) = (Recipe(train), Model("ax-3.1-light"));
        var wanted = method == "full" ? train with { FusedUpdate = true, OptimizerState = OptimizerStateType.Int8 } : train with { Lora = train.Lora with { QuantizedBase = "base.gguf" } };
        var speed = Speed(null) with { AvailableMemory = (long)(Train(model, wanted).PeakRssBytes / 0.94) };
        var plan = new RunPlan(recipe, model, s_corpus, speed);

        var problem = new PlanFit(plan, recipe, model, speed).Problems(plan.Steps()).Single(entry => (entry.Step, entry.Resource) == ("train", "memory"));

        Assert.Equal(expected, string.Join(' ', problem.Set));
        Assert.Equal(method == "lora", problem.Remedy.Contains("geobuk compress MODEL --out base.gguf", StringComparison.Ordinal));
    }

    /// <summary>Whatever is suggested fits, and whatever fits is not complained about.</summary>
    [Fact]
    public void Problems_SettingSuggested_Fits() =>
        Gen.Select(OneOf("ax-3.1-light", "ax-4.0-light", "ax-k2-light"), OneOf("l4", "a100", "h200", "b300"), Gen.Int[1, 512], Gen.Int[7, 15], Gen.Bool, Gen.Bool)
            .Sample((shape, gpu, batch, length, lora, distil) =>
            {
                var train = s_train with { MicroBatch = batch, SequenceLength = 1 << length, Method = lora ? TrainMethod.Lora : TrainMethod.Full, ReplayDistillation = distil, Lora = new LoraConfig { Targets = ["o_proj", "down_proj"] } };
                var model = Model(shape);
                if (Problems(model, train, gpu).FirstOrDefault(entry => entry.Resource == "gpu memory") is not { Set.Count: > 0 } problem) return;
                foreach (var setting in problem.Set) train = Applied(train, setting);
                Assert.DoesNotContain(Problems(model, train, gpu), entry => entry.Resource == "gpu memory");
            }, iter: 100);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Steps_AnyFamily_GrowWithTheRecipe(string shape)
    {
        var model = Model(shape);
        var train = s_train with { Lora = new LoraConfig { Targets = ["o_proj"] } };
        var plain = Train(model, train);

        Assert.True(plain.PeakRssBytes > 12 * model.Learning, "masters and moments take 12 bytes a weight");
        Assert.True(Train(model, train with { MicroBatch = 8 }).PeakRssBytes > plain.PeakRssBytes);
        Assert.True(Train(model, train with { ReplayDistillation = true }).PeakRssBytes > plain.PeakRssBytes + model.Parameters);
        Assert.True(Train(model, train with { Method = TrainMethod.Lora }).PeakRssBytes < plain.PeakRssBytes);
        Assert.Equal(2, Train(model, train with { Steps = 2000 }).Tokens / plain.Tokens);
        Assert.InRange(Train(model, train with { Steps = 2000 }).Seconds / plain.Seconds, 1.5, 2.1);
    }

    /// <summary>A token passes 8 of 128 experts: a mixture costs the time of its active weights and the memory of all.</summary>
    [Fact]
    public void Steps_Mixture_TakesTheTimeOfActiveWeights()
    {
        var (mixture, dense) = (Model("ax-k2-light"), Model("ax-3.1-light"));
        var (sparse, full) = (Train(mixture, s_train), Train(dense, s_train));

        Assert.True(mixture.Parameters > 2 * dense.Parameters);
        Assert.True(sparse.PeakRssBytes > 2 * full.PeakRssBytes);
        Assert.True(sparse.Seconds < full.Seconds);
    }

    /// <summary>However little a layer has to compute, a host starts its operations one by one for every micro-batch.</summary>
    [Fact]
    public void Steps_SmallModelOnAGpu_WaitForTheHost()
    {
        var model = Planned(TinyCheckpoint.Shapes["llama"]);
        var (one, two) = (Seconds(s_train with { Steps = 1000, MicroBatch = 2 }), Seconds(s_train with { Steps = 1000, MicroBatch = 1, GradientAccumulation = 2 }));

        Assert.True(one > 1000 * model.Config.LayerCount * 0.005, $"{one} s");
        Assert.InRange(two / one, 1.5, 2);

        double Seconds(TrainConfig train) => new RunPlan(Recipe(train), model, s_corpus, Speed("h100")).Train(train).Seconds;
    }

    /// <summary>The adapters are counted as the modules make them, the doubled rank of the fused projection included.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("axk1")]
    [InlineData("axk2")]
    public void AdapterWeights_AnyFamily_EqualTheModules(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        var lora = new LoraConfig { Rank = 3, Targets = config.Latent is null ? ["q_proj", "o_proj", "down_proj"] : ["q_b_proj", "o_proj", "down_proj"] };
        using var model = new CausalLanguageModel(config, TorchRuntime.Start(new TorchOptions()));
        AdapterFolder.AddAdapters(model, lora, 1);

        Assert.Equal(model.Trainable().Sum(entry => entry.Parameter.numel()), TrainingMemory.AdapterWeights(Planned(config), lora));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("axk2")]
    public void Learning_AnyFamily_EqualsTheModules(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        using var model = new CausalLanguageModel(config, TorchRuntime.Start(new TorchOptions()));

        Assert.Equal(model.Trainable().Sum(entry => entry.Parameter.numel()), Planned(config).Learning);
    }

    /// <summary>40.6 GB in bf16 do not fit into 24 GB: base and adapted model come from the disk again with every window.</summary>
    [Fact]
    public void Steps_ModelBeyondTheMemory_IsReadFromTheDiskForEveryWindow()
    {
        var model = Model("ax-k2-light");
        var recipe = Recipe(s_train) with { Compress = new CompressConfig(), Evaluate = new EvaluateConfig() };

        Assert.True(Seconds(24_000_000_000) > Seconds(2_000_000_000_000) + 2 * model.FileBytes / 1e9);

        double Seconds(long memory) => new RunPlan(recipe, model, s_corpus, Speed(null) with { AvailableMemory = memory }).Steps().Single(step => step.Name == "evaluate").Seconds;
    }

    [Fact]
    public void Steps_ReplayInSeveralPasses_TakeThatMuchMoreOfTheDisk()
    {
        var (once, often) = (Disk(1), Disk(4));
        // 18 million tokens of documents with a fifth of replay, 4 bytes each, and the held-out text.
        Assert.InRange(once, 4 * 22_500_000, 4 * 24_000_000);
        // No more general text than there is: 5 million tokens.
        Assert.Equal(4 * 500_000, often - once, 4.0);

        double Disk(int passes) => new RunPlan(Recipe(s_train) with { Corpus = new CorpusConfig { Domain = ["documents"], ReplayShare = 0.2, ValidationShare = 0.1, MaxValidationTokens = 20_000, ReplayPasses = passes } }, Model("ax-3.1-light"), s_corpus, Speed(null))
            .Steps().Single(step => step.Name == "corpus").DiskBytes;
    }

    [Fact]
    public void Problems_FullDisk_NamesTheStepAndFewerCheckpoints()
    {
        var model = Model("ax-3.1-light");
        var recipe = Recipe(s_train with { KeepCheckpoints = 5 });
        var speed = Speed("h200") with { AvailableDisk = 300_000_000_000 };
        var plan = new RunPlan(recipe, model, s_corpus, speed);

        var problem = new PlanFit(plan, recipe, model, speed).Problems(plan.Steps()).Single(entry => entry.Resource == "disk");

        Assert.Equal(("train", "train.keep_checkpoints=1"), (problem.Step, string.Join(' ', problem.Set)));
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static TrainConfig Applied(TrainConfig train, string setting)
    {
        var (key, value) = (setting.Split('=')[0], setting.Split('=')[1]);
        return key switch
        {
            "train.method" => train with { Method = TrainMethod.Lora },
            "train.activation_checkpointing" => train with { ActivationCheckpointing = true },
            "train.return_memory" => train with { ReturnMemory = true },
            "train.fused_update" => train with { FusedUpdate = true },
            "train.clip_norm" => train with { ClipNorm = null },
            "train.spike_deviations" => train with { SpikeDeviations = null },
            "train.lora.quantized_base" => train with { Lora = train.Lora with { QuantizedBase = value } },
            "train.optimizer_state" => train with { OptimizerState = OptimizerStateType.Int8 },
            "train.sequence_length" => train with { SequenceLength = int.Parse(value) },
            "train.micro_batch" => train with { MicroBatch = int.Parse(value) },
            "train.gradient_accumulation" => train with { GradientAccumulation = int.Parse(value) },
            _ => throw new InvalidOperationException(setting),
        };
    }

    private static PlanStep Train(PlannedModel model, TrainConfig train) => new RunPlan(Recipe(train), model, s_corpus, Speed(null)).Train(train);

    private static IReadOnlyList<PlanProblem> Problems(PlannedModel model, TrainConfig train, string gpu)
    {
        var (recipe, speed) = (Recipe(train), Speed(gpu));
        var plan = new RunPlan(recipe, model, s_corpus, speed);
        return new PlanFit(plan, recipe, model, speed).Problems(plan.Steps());
    }

    private static Recipe Recipe(TrainConfig train) => new()
    {
        Name = "plan",
        Base = new BaseConfig { Model = "model" },
        Corpus = new CorpusConfig { Domain = ["documents"], ReplayShare = 0.2 },
        Train = train,
    };

    private static MachineSpeed Speed(string? gpu) => new()
    {
        TrainingFlops = 1e14,
        TrainingMemoryBytes = 1e12,
        EngineFlops = 1e12,
        EncodedWeights = 1e7,
        MemoryBytes = 1e11,
        Precision = TrainPrecision.Bf16,
        Gpu = gpu is null ? null : GpuKind.Parse(gpu),
        AvailableMemory = 2_000_000_000_000,
        AvailableDisk = 100_000_000_000_000,
    };

    private static PlannedModel Model(string shape) =>
        s_models.GetOrAdd(shape, name => Planned(ModelConfig.LoadFile(TestPaths.Repository("tests", "Shared", "shapes", name + ".json"))));

    private static PlannedModel Planned(ModelConfig config)
    {
        var size = ModelSize.Of(config);
        return new PlannedModel(config, size, size.Bytes);
    }
}
