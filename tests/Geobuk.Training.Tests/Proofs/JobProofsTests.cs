using System.Text.Json;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Proofs;

/// <summary>Every job proves its packing and its loss scale; what is broken on purpose is refused.</summary>
public sealed class JobProofsTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainConfig s_config = new()
    {
        Deterministic = true,
        SequenceLength = 48,
        MicroBatch = 2,
        GradientAccumulation = 2,
        Steps = 4,
        WarmupSteps = 1,
        EvaluateEvery = 100,
        CheckpointEvery = 2,
    };

    private readonly string _output = Directory.CreateTempSubdirectory("geobuk-proofs-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    public static TheoryData<string, TrainMethod> Jobs
    {
        get
        {
            var jobs = new TheoryData<string, TrainMethod>();
            foreach (var family in TinyCheckpoint.Shapes.Keys)
                foreach (var method in Enum.GetValues<TrainMethod>()) jobs.Add(family, method);
            return jobs;
        }
    }

    [Fact]
    public void Run_BaseWithAWeightThatIsNoNumber_IsRefusedWithItsName()
    {
        var folder = Path.Combine(_output, "damaged");
        using (var model = ModelWeights.Load(tiny.Base, CPU))
        {
            using (no_grad()) model.named_parameters().Single(entry => entry.name == "model.layers.1.mlp.up_proj.weight").parameter.view(-1)[7] = float.NaN;
            ModelWeights.Save(model, Geobuk.Models.Checkpoints.TensorDataType.F32, tiny.Base, folder);
        }
        var fault = Assert.Throws<UserInputException>(() => TrainStep.Run(s_config, 3, new TrainInputs(folder, tiny.Corpus), Path.Combine(_output, "never"), new InlineProgress(_ => { }), default));
        Assert.Contains("model.layers.1.mlp.up_proj.weight holds values that are no numbers", fault.Message);
    }

    [Theory]
    [MemberData(nameof(Jobs))]
    public void Proofs_OfEveryFamily_HoldAndAreInTheRecord(string family, TrainMethod method)
    {
        var config = s_config with { Steps = 1, WarmupSteps = 0, Method = method, Lora = new LoraConfig { Rank = 2, Alpha = 4, Targets = ["o_proj", "down_proj"] } };
        TrainStep.Run(config, 3, new TrainInputs(Family(family), tiny.Corpus), Path.Combine(_output, "run"), new InlineProgress(_ => { }), default);

        var proofs = JsonDocument.Parse(File.ReadLines(Path.Combine(_output, "run", "metrics.jsonl")).First()).RootElement.GetProperty("proofs");
        Assert.True(proofs.GetProperty("packed log-probabilities").GetProperty("difference").GetDouble() <= 1e-5);
        Assert.True(proofs.GetProperty("packed gradients").GetProperty("difference").GetDouble() <= 1e-4);
        Assert.True(proofs.GetProperty("loss scale of micro-batches 1 + 1 + 1 + 1").GetProperty("difference").GetDouble() <= 1e-4);
    }

    [Fact]
    public void Run_MaskThatLetsDocumentsSeeOneAnother_IsRefused() => AssertRefused("packed log-probabilities", Batch(batch =>
        batch.Mask = ones_like(batch.Mask).tril()));

    [Fact]
    public void Run_PositionsThatDoNotRestart_AreRefused() => AssertRefused("packed log-probabilities", Batch(batch =>
        batch.Positions = arange(batch.Positions.shape[1], int64, batch.Positions.device).unsqueeze(0).pow(2).expand(batch.Positions.shape)));

    [Fact]
    public void Run_MeanOfTheMicroBatchesMeans_IsRefused() =>
        AssertRefused("loss scale of micro-batches", new JobFaults { Scale = (own, all) => 1 / own });

    [Fact]
    public void Run_SumInsteadOfMean_IsRefused() => AssertRefused("packed gradients", new JobFaults { Scale = (own, all) => 1 });

    [Fact]
    public void Run_RestoredMomentsAtZero_AreRefused()
    {
        var folder = Path.Combine(_output, "resumed");
        var kill = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 3) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(s_config, 3, new TrainInputs(tiny.Base, tiny.Corpus), folder, kill, default));
        var forget = new JobFaults { Restored = optimizer => { foreach (var (name, values) in optimizer.State()) if (name.StartsWith("moment", StringComparison.Ordinal)) values.zero_(); } };

        var fault = Assert.Throws<UserInputException>(() => TrainStep.Run(s_config, 3, new TrainInputs(tiny.Base, tiny.Corpus), folder, new InlineProgress(_ => { }), forget, default));

        Assert.Contains("as restored have the digest", fault.Message);
        TrainStep.Run(s_config, 3, new TrainInputs(tiny.Base, tiny.Corpus), folder, new InlineProgress(_ => { }), default);
        Assert.True(Directory.Exists(Path.Combine(folder, "model")));
    }

    private static JobFaults Batch(Action<PackedBatch> change) => new()
    {
        Batch = batch =>
        {
            change(batch);
            return batch;
        },
    };

    private void AssertRefused(string expected, JobFaults faults)
    {
        var folder = Path.Combine(_output, "refused");
        var fault = Assert.Throws<InvalidOperationException>(() => TrainStep.Run(s_config, 3, new TrainInputs(Family("llama"), tiny.Corpus), folder, new InlineProgress(_ => { }), faults, default));
        Assert.Contains(expected, fault.Message);
        Assert.Contains("nothing was trained", fault.Message);
        Assert.False(File.Exists(Path.Combine(folder, "metrics.jsonl")));
    }

    /// <summary>A random model of a family that takes the corpus' tokens.</summary>
    private string Family(string family)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_output, "family")).FullName;
        foreach (var file in Directory.GetFiles(tiny.Base, "*token*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        TinyCheckpoint.Write(folder, TinyCheckpoint.Shapes[family] with { VocabularySize = tiny.Config.VocabularySize });
        return folder;
    }
}
