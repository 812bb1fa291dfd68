using System.Text.Json;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.Distillation;

namespace Geobuk.Training.Tests;

/// <summary>Every objective through the whole step, with full weights and with adapters.</summary>
[Collection(AloneCollection.Name)]
public sealed class ObjectiveRunTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainConfig s_config = new()
    {
        Deterministic = true,
        SequenceLength = 96,
        MicroBatch = 4,
        GradientAccumulation = 2,
        Steps = 30,
        LearningRate = 5e-3,
        WarmupSteps = 2,
        EvaluateEvery = 100,
        CheckpointEvery = 100,
        Lora = new LoraConfig { Rank = 8, Alpha = 16 },
    };

    private readonly string _output = Directory.CreateTempSubdirectory("geobuk-objective-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Theory]
    [InlineData(TrainMethod.Full)]
    [InlineData(TrainMethod.Lora)]
    public void Sft_OnChats_LearnsTheAnswers(TrainMethod method)
    {
        var losses = Train(s_config with { Method = method, Objective = TrainObjective.Sft, Data = [Chats()], LearningRate = 5e-3 });
        Assert.True(losses[^1] < (method == TrainMethod.Lora ? 0.95 : 0.8) * losses[0], $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [InlineData(TrainMethod.Full)]
    [InlineData(TrainMethod.Lora)]
    public void Dpo_OnPairs_StartsAtLogTwoAndPrefersTheChosen(TrainMethod method)
    {
        var losses = Train(s_config with { Method = method, Objective = TrainObjective.Dpo, Data = [Pairs()], DpoBeta = 0.5, LearningRate = method == TrainMethod.Lora ? 4e-3 : 1e-3 });
        Assert.Equal(Math.Log(2), losses[0], 1e-5);
        Assert.True(losses[^1] < 0.4, $"{losses[0]} to {losses[^1]}");
    }

    [Theory]
    [InlineData(TrainMethod.Full)]
    [InlineData(TrainMethod.Lora)]
    public void Distill_FromTheModelItself_StaysWhereItIs(TrainMethod method)
    {
        var distillation = new DistillationConfig { Teacher = tiny.Base, TopK = 64, Window = 96 };
        var teach = Path.Combine(_output, "teach");
        TeachStep.Run(distillation, tiny.Corpus, teach, new InlineProgress(_ => { }), default);
        var losses = Train(s_config with { Method = method, Objective = TrainObjective.Distill, Distillation = distillation, LearningRate = 1e-5, Steps = 4 }, teach);
        Assert.All(losses, loss => Assert.InRange(loss, -1e-6, 1e-3));
    }

    [Theory]
    [InlineData(TrainObjective.Pretrain, TrainMethod.Full)]
    [InlineData(TrainObjective.Sft, TrainMethod.Lora)]
    [InlineData(TrainObjective.Dpo, TrainMethod.Full)]
    [InlineData(TrainObjective.Distill, TrainMethod.Lora)]
    public void ActivationCheckpointing_WithEveryObjective_TrainsTheSameWeights(TrainObjective objective, TrainMethod method)
    {
        var distillation = objective == TrainObjective.Distill ? new DistillationConfig { Teacher = tiny.Base, TopK = 64, Window = 96 } : null;
        var teach = Path.Combine(_output, "teach");
        if (distillation is not null) TeachStep.Run(distillation, tiny.Corpus, teach, new InlineProgress(_ => { }), default);
        var config = s_config with
        {
            Objective = objective,
            Method = method,
            Distillation = distillation,
            ReplayDistillation = objective == TrainObjective.Pretrain,
            Data = objective switch { TrainObjective.Sft => [Chats()], TrainObjective.Dpo => [Pairs()], _ => [] },
            Lora = s_config.Lora with { Dropout = 0.1 },
            Steps = 3,
        };
        var kept = Weights();
        config = config with { ActivationCheckpointing = true };
        Assert.Equal(kept, Weights());

        byte[] Weights()
        {
            Train(config, teach);
            return File.ReadAllBytes(Path.Combine(_output, "run", "model", "model.safetensors"));
        }
    }

    [Fact]
    public void Sft_ALineThatIsNoChat_IsRefusedWithItsPlace()
    {
        var file = Write("bad.jsonl", ["{\"messages\": [{\"role\": \"user\", \"content\": \"물음\"}, {\"role\": \"assistant\", \"content\": \"답\"}]}", "{\"text\": \"x\"}"]);
        var fault = Assert.Throws<UserInputException>(() => Train(s_config with { Objective = TrainObjective.Sft, Data = [file] }));
        Assert.Contains("bad.jsonl:2: messages is absent; expected a list of messages", fault.Message);
    }

    private List<double> Train(TrainConfig config, string? teach = null)
    {
        var folder = Path.Combine(_output, "run");
        TrainStep.Run(config, 3, new TrainInputs(tiny.Base, tiny.Corpus, teach), folder, new InlineProgress(_ => { }), default);
        return [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble())];
    }

    private string Chats() => Write("chats.jsonl", Enumerable.Range(0, 24).Select(i =>
        JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = $"{i % 4}번?" }, new { role = "assistant", content = $"답 {i % 4}." } } })));

    private string Pairs() => Write("pairs.jsonl", Enumerable.Range(0, 24).Select(i =>
        JsonSerializer.Serialize(new { prompt = $"{i % 4}번?", chosen = "예.", rejected = "아니." })));

    private string Write(string name, IEnumerable<string> lines)
    {
        var path = Path.Combine(_output, name);
        File.WriteAllLines(path, lines);
        return path;
    }
}
