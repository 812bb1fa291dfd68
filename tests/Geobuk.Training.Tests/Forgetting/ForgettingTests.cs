using System.Text.Json;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Forgetting;
using Geobuk.Training.Modules;

namespace Geobuk.Training.Tests.Forgetting;

/// <summary>The limit on forgetting, in the whole step.</summary>
public sealed class ForgettingTests : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainConfig s_config = new()
    {
        Deterministic = true,
        ReplayDistillation = true,
        SequenceLength = 48,
        MicroBatch = 2,
        Steps = 20,
        LearningRate = 1e-2,
        WarmupSteps = 2,
        EvaluateEvery = 5,
        CheckpointEvery = 7,
    };

    /// <summary>Steps so large that the fresh base is better than what they lead to.</summary>
    private static readonly TrainConfig s_ruinous = s_config with { LearningRate = 0.3 };

    private readonly TinyModel _tiny;
    private readonly string _output = Directory.CreateTempSubdirectory("geobuk-망각-").FullName;

    public ForgettingTests(TinyModel tiny) => _tiny = tiny;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Run_SweepWithAWideLimit_KeepsTheTrainedWeights()
    {
        Train(s_config, "plain");
        Train(s_config with { Forgetting = new ForgettingConfig { Limit = 9, Alphas = 3 } }, "swept");
        Assert.Equal(Weights("plain"), Weights("swept"));
        var points = Merge("swept").GetProperty("points").EnumerateArray().ToList();
        Assert.Equal([1, 0.75, 0.5], points.Select(Alpha));
        // The losses of alpha 1 are those of the end of the training, but for the weights' rounding to bf16.
        var last = Lines("plain").Last(line => line.TryGetProperty("validation", out _)).GetProperty("validation");
        Assert.Equal(last.GetProperty("general").GetDouble(), points[0].GetProperty("general").GetDouble(), 1e-2);
        Assert.True(Chosen(points).GetProperty("domain").GetDouble() <= points.Min(point => point.GetProperty("domain").GetDouble()) + 1e-12);
        Assert.False(File.Exists(Path.Combine(_output, "swept", "base.losses.json")));
    }

    [Fact]
    public void Sweep_OfBands_GoesOnFromTheBestAndLeavesThatMixtureInTheModel()
    {
        Train(s_config, "trained");
        var trained = Path.Combine(_output, "trained", "model");
        using var mixture = ModelWeights.Load(_tiny.Base, TorchSharp.torch.CPU);
        // Alpha 1, alpha 0.25, then each band from the best so far at the other alpha: the first band pays, the others do not.
        var domain = new Queue<double>([5, 4, 3, 6, 6]);
        var none = new Dictionary<string, PairedChange>();
        var sweep = new AlphaSweep(new ForgettingConfig { Alphas = 2, LowestAlpha = 0.25, LayerBands = 2 }, _tiny.Base, trained, mixture,
            () => new HeldOutScores(new Dictionary<string, double> { ["domain"] = domain.Dequeue(), ["general"] = 1 }, none, true));
        var (points, chosen) = sweep.Run(_ => { });
        Assert.Equal(sweep.Count, points.Count);
        Assert.Equal([[1, 1, 1], [0.25, 0.25, 0.25], [1, 0.25, 0.25], [1, 1, 0.25], [1, 0.25, 1]], points.Select(point => point.Alphas.ToArray()).ToArray());
        Assert.Equal([1, 0.25, 0.25], chosen.Alphas);
        using var before = Checkpoint.Open(_tiny.Base);
        using var after = Checkpoint.Open(trained);
        var weights = mixture.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        foreach (var (name, alpha) in new[] { ("model.layers.0.mlp.up_proj.weight", 1f), ("model.layers.1.mlp.up_proj.weight", 0.25f), ("lm_head.weight", 0.25f) })
        {
            var (from, to, actual) = (before.ReadSingle(name), after.ReadSingle(name), ModelWeights.Values(weights[name].detach().clone()));
            for (var i = 0; i < from.Length; i++) Assert.Equal(from[i] + alpha * (to[i] - from[i]), actual[i], 1e-6f);
        }
    }

    [Fact]
    public void Run_StopOnForgetting_EndsAtTheFirstValidationBeyondTheLimitAndSaysWhy()
    {
        var warnings = new List<string>();
        var config = s_ruinous with { Forgetting = new ForgettingConfig { Limit = 1e-4, Stop = true, Alphas = 2, LowestAlpha = 0 } };
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "stopped"), new InlineProgress(report => { if (report.Warning is { } warning) warnings.Add(warning); }), default);
        Assert.Equal(5, Lines("stopped").Count(line => line.TryGetProperty("loss", out _)));
        Assert.Contains(Lines("stopped"), line => line.TryGetProperty("stopped", out var why) && why.GetString() == "forgetting");
        // That the ruinous training makes the domain worse, too, is said before it.
        Assert.Contains("step 5: domain loss is", warnings[0]);
        Assert.Contains("step 5: general perplexity is", warnings[1]);
        Assert.Contains("train.forgetting.limit allows 0.01 %", warnings[1]);
        // Alpha 0 is the base, which keeps any limit.
        Assert.Equal(0, Alpha(Chosen(Merge("stopped").GetProperty("points").EnumerateArray())));
    }

    [Fact]
    public void Run_WithAnExam_ScoresItAtEveryValidationAndPoint()
    {
        var questions = Enumerable.Range(0, 12).Select(i => new ExamQuestion([([5, 6, 7 + i, 9], 2), ([5, 6, 8 + i], 2)], i % 2)).ToList();
        var config = s_config with { Steps = 10, Forgetting = new ForgettingConfig { Limit = 9, Alphas = 2 } };
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus) { Exam = questions }, Path.Combine(_output, "exam"), new InlineProgress(_ => { }), default);
        using var model = ModelWeights.Load(_tiny.Base, TorchSharp.torch.CPU);
        var right = questions.Count(question => question.Answer == (Plain(model, question.Choices[0]) >= Plain(model, question.Choices[1]) ? 0 : 1));
        var validations = Lines("exam").Where(line => line.TryGetProperty("validation", out _)).ToList();
        Assert.Equal(right / 12.0, validations[0].GetProperty("exam").GetDouble(), 1e-12);
        Assert.All(validations, line => Assert.Equal(12, line.GetProperty("change").GetProperty("exam").GetProperty("documents").GetInt32()));
        Assert.Equal(0, validations[0].GetProperty("change").GetProperty("exam").GetProperty("change").GetDouble());
        Assert.False(validations[0].GetProperty("validation").TryGetProperty("exam", out _));
        Assert.All(Merge("exam").GetProperty("points").EnumerateArray(), point => Assert.InRange(point.GetProperty("exam").GetDouble(), 0, 1));
    }

    /// <summary>Sum of log-probabilities of a choice, without batch, mask or the trainer's loss.</summary>
    private static double Plain(CausalLanguageModel model, (int[] Tokens, int First) choice)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var still = TorchSharp.torch.no_grad();
        using var batch = new PackedBatch(choice.Tokens, [.. Enumerable.Range(0, choice.Tokens.Length)], new int[choice.Tokens.Length], choice.Tokens.Length, TorchSharp.torch.CPU);
        var logs = TorchSharp.torch.nn.functional.log_softmax(model.Logits(model.Hidden(batch)[0]), -1);
        return Enumerable.Range(choice.First, choice.Tokens.Length - choice.First).Sum(at => (double)logs[at - 1, choice.Tokens[at]].item<float>());
    }

    [Theory]
    [InlineData(LoraVariant.Lora)]
    [InlineData(LoraVariant.Rslora)]
    public void Run_SweepThatGoesBack_LeavesTheAdapterAtTheChosenAlphas(LoraVariant variant)
    {
        var lora = new LoraConfig { Rank = 4, Alpha = 8, Variant = variant, Targets = ["q_proj", "down_proj", "embed_tokens"] };
        Train(s_config with { Method = TrainMethod.Lora, Lora = lora, LearningRate = 0.1, Forgetting = new ForgettingConfig { Limit = 1e-4, Confidence = 0.5, Alphas = 3, LowestAlpha = 0.25, LayerBands = 1 } }, "back");
        Assert.Contains(Chosen(Merge("back").GetProperty("points").EnumerateArray()).GetProperty("alphas").EnumerateArray(), alpha => alpha.GetDouble() < 1);
        var merged = Path.Combine(_output, "merged");
        Training.Adapters.AdapterMerge.Merge(_tiny.Base, [(Path.Combine(_output, "back", "adapter"), 1)], null, TensorDataType.F32, merged);
        using var expected = Checkpoint.Open(Path.Combine(_output, "back", "model"));
        using var actual = Checkpoint.Open(merged);
        // The folder's weights were rounded to bf16 twice, trained and mixed.
        foreach (var name in expected.Tensors.Keys)
            Assert.All(expected.ReadSingle(name).Zip(actual.ReadSingle(name)), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) / 64 + 1e-3f));
    }

    [Fact]
    public void Run_SweepOfDora_SaysThatTheAdapterStaysAsTrained()
    {
        var warnings = new List<string>();
        var config = s_config with { Method = TrainMethod.Lora, Lora = new LoraConfig { Rank = 4, Alpha = 8, Variant = LoraVariant.Dora }, Steps = 4, Forgetting = new ForgettingConfig { Limit = 1e-6, Alphas = 2, LowestAlpha = 0 } };
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "dora"), new InlineProgress(report => { if (report.Warning is { } warning) warnings.Add(warning); }), default);
        Assert.Equal(Alpha(Chosen(Merge("dora").GetProperty("points").EnumerateArray())) < 1, warnings.Any(warning => warning.Contains("part of the way of a DoRA adapter", StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_Resumed_ComparesWithTheSameBase()
    {
        var config = s_config with { Forgetting = new ForgettingConfig { Alphas = 2 } };
        Train(config, "whole");
        var kill = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 12) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "killed"), kill, default));
        Train(config, "killed");
        Assert.Equal(Changes("whole"), Changes("killed"));
        Assert.Equal(File.ReadAllText(Path.Combine(_output, "whole", "merge.json")), File.ReadAllText(Path.Combine(_output, "killed", "merge.json")));
        var (first, last) = (Changes("whole")[0], Changes("whole")[^1]);
        Assert.Contains("\"change\":0,\"low\":0,\"high\":0", first);
        Assert.DoesNotContain("\"change\":0,", last);
    }

    [Fact]
    public void Run_KilledBeforeTheFirstCheckpoint_LeavesNoFile()
    {
        var kill = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 3) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "early"), kill, default));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_output, "early"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_FrozenParts_KeepTheBasesBits()
    {
        Train(s_config with { Freeze = ["embeddings", "head", "attention"], WeightDecay = 0.5 }, "frozen");
        using var before = Checkpoint.Open(_tiny.Base);
        using var after = Checkpoint.Open(Path.Combine(_output, "frozen", "model"));
        Assert.All(before.Tensors.Keys, name => Assert.Equal(
            name.Contains("embed_tokens", StringComparison.Ordinal) || name.Contains("lm_head", StringComparison.Ordinal) || name.Contains("self_attn", StringComparison.Ordinal),
            Rounded(before.ReadSingle(name)).SequenceEqual(Rounded(after.ReadSingle(name)))));

        static IEnumerable<int> Rounded(float[] values) => values.Select(value => (BitConverter.SingleToInt32Bits(value) + 0x7FFF + (BitConverter.SingleToInt32Bits(value) >> 16 & 1)) >> 16);
    }

    private void Train(TrainConfig config, string name) =>
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, name), new InlineProgress(_ => { }), default);

    private JsonElement Merge(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_output, name, "merge.json"))).RootElement;

    private static double Alpha(JsonElement point) => point.GetProperty("alphas")[0].GetDouble();

    private static JsonElement Chosen(IEnumerable<JsonElement> points) => points.Single(point => point.GetProperty("chosen").GetBoolean());

    private List<JsonElement> Lines(string name) =>
        [.. File.ReadLines(Path.Combine(_output, name, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private List<string> Changes(string name) =>
        [.. Lines(name).Where(line => line.TryGetProperty("change", out _)).Select(line => line.GetProperty("change").GetRawText())];

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(_output, name, "model", "model.safetensors"));
}
