using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Training.Tests.DataParallel;

/// <summary>The whole step by several workers, here threads: what they train does not depend on their number.</summary>
public sealed class WorkersTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainConfig s_config = new()
    {
        Deterministic = true,
        SequenceLength = 48,
        MicroBatch = 1,
        GradientAccumulation = 4,
        Steps = 4,
        LearningRate = 5e-3,
        WarmupSteps = 1,
        EvaluateEvery = 2,
        CheckpointEvery = 2,
    };

    private readonly string _output = Directory.CreateTempSubdirectory("geobuk-일꾼-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Theory]
    [InlineData(TrainMethod.Full, 2)]
    [InlineData(TrainMethod.Full, 3)]
    [InlineData(TrainMethod.Lora, 4)]
    public void Run_SeveralWorkers_TrainTheSameWeightsBitForBit(TrainMethod method, int workers)
    {
        var config = s_config with { Method = method, Lora = new LoraConfig { Rank = 2, Alpha = 4 }, Forgetting = new ForgettingConfig { Alphas = 2 } };
        var alone = Train(config, "alone", 1);
        var together = Train(config, "together", workers);
        Assert.All(together, digest => Assert.Equal(alone[0], digest));
        Assert.Equal(File.ReadAllBytes(At("alone", "model", "model.safetensors")), File.ReadAllBytes(At("together", "model", "model.safetensors")));
        Assert.Equal(File.ReadAllText(At("alone", "merge.json")), File.ReadAllText(At("together", "merge.json")));
    }

    [Fact]
    public void Run_InterruptedAndResumedByAnotherNumber_EndsInTheSameState()
    {
        var whole = Train(s_config, "whole", 1);
        using var stop = new CancellationTokenSource();
        var interrupt = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 2) stop.Cancel(); });
        var faults = ThreadCollective.Run(4, collective => Record.Exception(() => TrainStep.Run(s_config, 3, Inputs, At("cut"), collective.Rank == 2 ? interrupt : new InlineProgress(_ => { }), collective.Rank == 2 ? stop.Token : default, collective)));
        Assert.All(faults, fault => Assert.IsType<OperationCanceledException>(fault));
        Assert.Equal(whole[0], Train(s_config, "cut", 2)[1]);
    }

    [Fact]
    public void Run_Lora_ExchangesTheAdaptersGradientsOnly()
    {
        var config = s_config with { Method = TrainMethod.Lora, Lora = new LoraConfig { Rank = 2, Alpha = 4, Targets = ["q_proj"] }, Steps = 1, GradientAccumulation = 2 };
        var sent = ThreadCollective.Run(2, collective =>
        {
            TrainStep.Run(config, 3, Inputs, At("lora"), new InlineProgress(_ => { }), default, collective);
            return collective.Sent;
        });
        // Two layers of [32, 32]: 2 * 2 * (32 + 32) values. A step of one round sends them once and its half once; the proofs do it for
        // one, four and two micro-batches, one, two and one rounds, and give the first two back.
        const int values = 256;
        Assert.All(sent, floats => Assert.Equal((values + values / 2) + (7 * values + 5 * values / 2), floats));
    }

    private TrainInputs Inputs => new(tiny.Base, tiny.Corpus);

    private string At(params string[] parts) => Path.Combine([_output, .. parts]);

    private string[] Train(TrainConfig config, string name, int workers) => ThreadCollective.Run(workers, collective =>
        TrainStep.Run(config, 3, Inputs, At(name), new InlineProgress(_ => { }), null, default, collective));
}
