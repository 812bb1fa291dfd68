using System.Text.Json;
using Geobuk.Corpus;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Tests;

namespace Geobuk.Training.Tests;

/// <summary>The whole step on a tiny fresh model and a tiny corpus.</summary>
public sealed class TrainStepTests : IClassFixture<TinyModel>, IDisposable
{
    private static readonly TrainConfig s_config = new()
    {
        Deterministic = true,
        SequenceLength = 48,
        MicroBatch = 2,
        GradientAccumulation = 2,
        Steps = 8,
        LearningRate = 5e-3,
        WarmupSteps = 2,
        EvaluateEvery = 3,
        CheckpointEvery = 2,
    };

    private readonly TinyModel _tiny;
    private readonly string _output = Directory.CreateTempSubdirectory("geobuk-학습-").FullName;

    public TrainStepTests(TinyModel tiny) => _tiny = tiny;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Run_LearnsAndSavesAHuggingFaceFolder()
    {
        Train(s_config with { Steps = 30 }, "a");
        var losses = Losses("a");
        Assert.Equal(30, losses.Count);
        Assert.True(losses[^1] < losses[0] * 0.9, $"{losses[0]} to {losses[^1]}");
        var model = Path.Combine(_output, "a", "model");
        Assert.True(File.Exists(Path.Combine(model, "tokenizer.json")));
        Assert.Equal(_tiny.Config.HiddenSize, ModelConfig.Load(model).HiddenSize);
        using var checkpoint = Checkpoint.Open(model);
        Assert.All(checkpoint.Tensors.Values, tensor => Assert.Equal(TensorDataType.BF16, tensor.DataType));
        Assert.False(Directory.Exists(Path.Combine(_output, "a", "checkpoints")));
        Assert.Contains(Lines("a"), line => line.TryGetProperty("validation", out var sets) && sets.TryGetProperty("domain", out _) && sets.TryGetProperty("general", out _));
    }

    [Fact]
    public void Run_InterruptedAndResumed_IsBitForBitTheUninterruptedOne()
    {
        Train(s_config, "whole");
        using var stop = new CancellationTokenSource();
        var steps = 0;
        var interrupt = new InlineProgress(report => { if (report.Phase == "training" && report.Done > 0 && ++steps == 5) stop.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "cut"), interrupt, stop.Token));
        Assert.False(Directory.Exists(Path.Combine(_output, "cut", "model")));
        Train(s_config, "cut");
        Assert.Equal(Losses("whole"), Losses("cut"));
        Assert.Equal(Weights("whole"), Weights("cut"));
        Train(s_config with { Steps = 4 }, "short");
        Assert.NotEqual(Weights("whole"), Weights("short"));
    }

    [Fact]
    public void Run_KilledBetweenCheckpoints_RepeatsTheLostStepsOnly()
    {
        Train(s_config, "whole");
        // A kill leaves a checkpoint of step 4 and metric lines of later steps.
        var folder = Path.Combine(_output, "killed");
        var kill = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 5) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), folder, kill, default));
        Directory.CreateDirectory(Path.Combine(folder, "checkpoints", "step-00000006.tmp"));
        Train(s_config, "killed");
        Assert.Equal(Losses("whole"), Losses("killed"));
        Assert.Equal(Weights("whole"), Weights("killed"));
    }

    [Fact]
    public void Run_CheckpointOfAnotherRecipe_IsRefusedWithWhatDiffers()
    {
        var folder = Path.Combine(_output, "refused");
        var kill = new InlineProgress(report => { if (report.Done == 5) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), folder, kill, default));
        var fault = Assert.Throws<UserInputException>(() => Train(s_config with { LearningRate = 1e-4 }, "refused"));
        Assert.Contains("train.learning_rate is 0.0001 now; expected 0.005, with which the checkpoint was made", fault.Message);
        Assert.DoesNotContain("micro_batch", fault.Message);
        Assert.Contains("seed is 4 now; expected 3", Assert.Throws<UserInputException>(() => TrainStep.Run(s_config, 4, new TrainInputs(_tiny.Base, _tiny.Corpus), folder, new InlineProgress(_ => { }), default)).Message);
    }

    [Fact]
    public void Run_CheckpointOfOtherDocuments_IsRefused()
    {
        var folder = Path.Combine(_output, "documents");
        var kill = new InlineProgress(report => { if (report.Done == 5) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), folder, kill, default));
        var changed = Path.Combine(_output, "corpus");
        _tiny.BuildOther(changed);
        var fault = Assert.Throws<UserInputException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, changed), folder, new InlineProgress(_ => { }), default));
        Assert.Contains("corpus is", fault.Message);
    }

    [Fact]
    public void Run_DropoutInterruptedAndResumed_IsBitForBitTheUninterruptedOne()
    {
        var config = s_config with { Method = TrainMethod.Lora, Lora = new LoraConfig { Rank = 4, Alpha = 8, Dropout = 0.2 } };
        Train(config, "whole");
        var kill = new InlineProgress(report => { if (report.Phase == "training" && report.Done == 5) throw new InvalidProgramException("killed"); });
        Assert.Throws<InvalidProgramException>(() => TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "cut"), kill, default));
        Train(config, "cut");
        Assert.Equal(Losses("whole"), Losses("cut"));
        Assert.Equal(Weights("whole"), Weights("cut"));
    }

    [Theory]
    [InlineData(TrainMethod.Full)]
    [InlineData(TrainMethod.Lora)]
    public void VerifyResume_ThreeArms_TheResumedEqualsTheUninterruptedAndNotTheColdStart(TrainMethod method)
    {
        var config = s_config with { Method = method, Lora = new LoraConfig { Rank = 4, Alpha = 8, Dropout = 0.1 }, Deterministic = method == TrainMethod.Full, Precision = TrainPrecision.Bf16 };
        var result = ResumeVerification.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), _output, new InlineProgress(_ => { }), default);
        Assert.True(result.IsExact, result.ToString());
        Assert.Equal(result.Uninterrupted, result.Resumed);
        Assert.NotEqual(result.Uninterrupted, result.Cold);
    }

    [Theory]
    [InlineData(TrainMethod.Full, false)]
    [InlineData(TrainMethod.Lora, true)]
    public void VerifyResume_EightBitStateAndFusedUpdate_IsExact(TrainMethod method, bool checkpointing)
    {
        var config = Fused() with { Method = method, ActivationCheckpointing = checkpointing, OptimizerState = OptimizerStateType.Int8, Lora = new LoraConfig { Rank = 64, Alpha = 64, Targets = ["o_proj", "lm_head"] } };
        var result = ResumeVerification.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), _output, new InlineProgress(_ => { }), default);
        Assert.True(result.IsExact, result.ToString());
    }

    [Theory]
    [InlineData(TrainPrecision.Fp32, OptimizerStateType.Fp32, TrainMethod.Full)]
    [InlineData(TrainPrecision.Bf16, OptimizerStateType.Int8, TrainMethod.Full)]
    [InlineData(TrainPrecision.Bf16, OptimizerStateType.Fp32, TrainMethod.Lora)]
    public void Run_FusedUpdate_GivesTheSameWeightsAsTheUpdateAfterwards(TrainPrecision precision, OptimizerStateType state, TrainMethod method)
    {
        var config = Fused() with { Precision = precision, Deterministic = precision == TrainPrecision.Fp32, OptimizerState = state, Method = method, Steps = 4 };
        TorchSharp.torch.set_num_threads(1);
        Train(config with { FusedUpdate = false }, "after");
        Train(config, "within");
        Assert.Equal(Losses("after"), Losses("within"));
        Assert.Equal(Weights("after"), Weights("within"));
        Assert.Equal(Norms("after"), Norms("within"), new Near(1e-5));
    }

    [Fact]
    public void Run_EightBitState_LearnsAsFp32Does()
    {
        Train(s_config with { Steps = 30 }, "fp32");
        Train(s_config with { Steps = 30, OptimizerState = OptimizerStateType.Int8 }, "int8");
        Assert.NotEqual(Losses("fp32")[^1], Losses("int8")[^1]);
        Assert.Equal(Losses("fp32")[^1], Losses("int8")[^1], 0.03 * Losses("fp32")[^1]);
    }

    [Fact]
    public void VerifyResume_OfAResumeThatForgets_IsNotExact()
    {
        var result = ResumeVerification.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), _output, new InlineProgress(_ => { }), new JobFaults { ColdStart = true }, default);
        Assert.False(result.IsExact);
    }

    [Fact]
    public void Run_DiskFullAtACheckpoint_KeepsTheOneBefore()
    {
        Train(s_config, "whole");
        var folder = Path.Combine(_output, "full");
        var saved = 0;
        var full = new JobFaults { Saving = name => { if (name.StartsWith("moment2.lm_head", StringComparison.Ordinal) && ++saved == 2) throw new IOException("No space left on device"); } };
        var fault = Assert.Throws<IOException>(() => TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), folder, new InlineProgress(_ => { }), full, default));
        Assert.Contains("step-00000002 is kept", fault.Message);
        Assert.Equal(["step-00000002"], Directory.GetDirectories(Path.Combine(folder, "checkpoints")).Select(Path.GetFileName));
        Train(s_config, "full");
        Assert.Equal(Weights("whole"), Weights("full"));
    }

    [Fact]
    public void Run_LossThatIsNoNumber_SkipsTheStepAndSaysSo()
    {
        var warnings = new List<string>();
        var progress = new InlineProgress(report => { if (report.Warning is { } warning) warnings.Add(warning); });
        var once = new JobFaults { Loss = (step, loss) => step == 3 ? double.NaN : loss };
        TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "once"), progress, once, default);
        Assert.Contains("step 4: the loss is NaN", Assert.Single(warnings));
        Assert.True(Losses("once").TrueForAll(double.IsFinite));
        Assert.Contains(Lines("once"), line => line.TryGetProperty("skipped", out _) && line.GetProperty("step").GetInt32() == 4);

        var always = new JobFaults { Loss = (_, _) => double.NaN };
        var fault = Assert.Throws<InvalidOperationException>(() => TrainStep.Run(s_config with { StopAfterSkipped = 3 }, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "always"), progress, always, default));
        Assert.Contains("step 3: the loss is NaN, skipped step 3 in a row", fault.Message);
    }

    [Fact]
    public void Run_ThatClimbsSlowly_SaysThatTheModelGotWorse()
    {
        var warnings = new List<string>();
        var progress = new InlineProgress(report => { if (report.Warning is { } warning) warnings.Add(warning); });
        TrainStep.Run(s_config with { LearningRate = 1, ClipNorm = null }, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "climbs"), progress, default);
        Assert.Contains(warnings, warning => warning.Contains("above the base's by", StringComparison.Ordinal) && warning.Contains("lower train.learning_rate", StringComparison.Ordinal));
        warnings.Clear();
        TrainStep.Run(s_config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, "learns"), progress, default);
        Assert.Empty(warnings);
    }

    [Fact]
    public void Run_CorpusShorterThanASequence_IsRefused()
    {
        var fault = Assert.Throws<UserInputException>(() => Train(s_config with { SequenceLength = 100_000 }, "short"));
        Assert.Contains("training tokens; expected at least train.sequence_length (100000)", fault.Message);
    }

    [Fact]
    public void Run_SequenceLongerThanTheContext_IsRefused()
    {
        var fault = Assert.Throws<UserInputException>(() => Train(s_config with { SequenceLength = 256 }, "long"));
        Assert.Contains("train.sequence_length is 256; expected at most 128, the longest context", fault.Message);
    }

    [Fact]
    public void Run_DocumentsLongerThanASequence_AreCutAndLearnt()
    {
        Train(s_config with { SequenceLength = 8, Steps = 30 }, "cut");
        Assert.True(Losses("cut")[^1] < Losses("cut")[0]);
    }

    [Fact]
    public void Run_GradientAccumulation_ChangesNothingButTheRounding()
    {
        Train(s_config with { MicroBatch = 4, GradientAccumulation = 1 }, "one");
        Train(s_config with { MicroBatch = 1, GradientAccumulation = 4 }, "four");
        foreach (var (a, b) in Losses("one").Zip(Losses("four"))) Assert.Equal(a, b, 1e-4);
    }

    [Fact]
    public void Run_Lora_TrainsAdaptersOnlyAndMergesThem()
    {
        Train(s_config with { Method = TrainMethod.Lora, Lora = new LoraConfig { Rank = 4, Alpha = 8, Targets = ["q_proj", "down_proj"] }, Steps = 20 }, "lora");
        Assert.True(Losses("lora")[^1] < Losses("lora")[0]);
        using var adapter = SafetensorsFile.Open(Path.Combine(_output, "lora", "adapter", "adapter_model.safetensors"));
        Assert.Equal(2 * 2 * _tiny.Config.LayerCount, adapter.Tensors.Count);
        Assert.Equal([4L, _tiny.Config.HiddenSize], adapter.Tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"].Shape);
        using var before = Checkpoint.Open(_tiny.Base);
        using var after = Checkpoint.Open(Path.Combine(_output, "lora", "model"));
        Assert.True(Same("model.layers.0.self_attn.k_proj.weight"));
        Assert.False(Same("model.layers.0.self_attn.q_proj.weight"));

        bool Same(string name) => before.ReadSingle(name).Zip(after.ReadSingle(name)).All(pair => Math.Abs(pair.First - pair.Second) <= Math.Abs(pair.First) / 128);
    }

    [Fact]
    public void Run_LoraTargetThatNoLayerHas_IsRefusedWithTheNames()
    {
        var config = s_config with { Method = TrainMethod.Lora, Lora = new LoraConfig { Targets = ["q_porj"] } };
        var fault = Assert.Throws<UserInputException>(() => Train(config, "typo"));
        Assert.Contains("q_porj", fault.Message);
        Assert.Contains("q_proj", fault.Message.Replace("q_porj", ""));
    }

    [Fact]
    public void Run_ReplayDistillation_StaysWithTheBaseOnGeneralText()
    {
        var config = s_config with { Steps = 60 };
        Train(config, "tokens");
        Train(config with { ReplayDistillation = true }, "distilled");
        // The fresh base knows nothing of the general text: who learns its tokens improves there, who learns the base stays near.
        var (before, tokens, distilled) = (General("tokens")[0], General("tokens")[^1], General("distilled")[^1]);
        Assert.True(before - tokens > 0.5, $"{before} to {tokens}");
        Assert.True(Math.Abs(before - distilled) < (before - tokens) / 2, $"{before} to {distilled}, against {tokens}");
        Assert.True(Losses("distilled")[^1] < Losses("distilled")[0]);
    }

    [Fact]
    public void Run_ReplayWeight_HoldsTheModelNearerToTheBase()
    {
        var config = s_config with { Steps = 40, ReplayDistillation = true };
        Train(config, "light");
        Train(config with { ReplayWeight = 8 }, "heavy");
        Train(config with { ReplayWeight = 1 }, "same");
        var before = General("light")[0];
        Assert.True(Math.Abs(General("heavy")[^1] - before) < Math.Abs(General("light")[^1] - before), $"{before} to {General("heavy")[^1]}, against {General("light")[^1]}");
        Assert.Equal(Losses("light"), Losses("same"));
    }

    [Fact]
    public void Run_Bf16_LearnsWithFp32Masters()
    {
        Train(s_config with { Deterministic = false, Precision = TrainPrecision.Bf16, Steps = 12 }, "bf16");
        Assert.True(Losses("bf16")[^1] < Losses("bf16")[0]);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("axk1")]
    [InlineData("axk2")]
    public void Run_Bf16Lora_ProvesItselfOnWeightsStoredInBf16(string family)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_output, family)).FullName;
        foreach (var file in Directory.GetFiles(_tiny.Base, "*token*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        TinyCheckpoint.Write(folder, TinyCheckpoint.Shapes[family] with { VocabularySize = _tiny.Config.VocabularySize });
        var config = s_config with { Deterministic = false, Precision = TrainPrecision.Bf16, Method = TrainMethod.Lora, Steps = 2, WarmupSteps = 0, Lora = new LoraConfig { Rank = 4, Targets = ["o_proj"] } };
        TrainStep.Run(config, 3, new TrainInputs(folder, _tiny.Corpus), Path.Combine(_output, "narrow"), new InlineProgress(_ => { }), default);
        var proofs = Lines("narrow")[0].GetProperty("proofs").EnumerateObject().ToDictionary(proof => proof.Name, proof => proof.Value.GetProperty("difference").GetDouble());
        Assert.InRange(proofs["packed gradients"], 0, 1e-4);
        Assert.InRange(proofs["bf16 packed gradients"], 1e-6, 0.25);
        Assert.InRange(proofs["bf16 packed log-probabilities"], 0, 0.1);
    }

    [Fact]
    public void Run_OfAMixture_RecordsTheExpertsAndWarnsOfACollapsedRouter()
    {
        var mixture = TinyCheckpoint.Shapes["axk1"] with { VocabularySize = _tiny.Config.VocabularySize };
        var folder = Directory.CreateDirectory(Path.Combine(_output, "mixture")).FullName;
        foreach (var file in Directory.GetFiles(_tiny.Base, "*token*")) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        // A correction that no score can outweigh: every token takes the first three experts.
        TinyCheckpoint.Write(folder, mixture, change: tensors =>
        {
            for (var i = 0; i < tensors.Count; i++)
                if (tensors[i].Name.EndsWith("layers.1.mlp.gate.e_score_correction_bias", StringComparison.Ordinal))
                    tensors[i] = tensors[i] with { Values = () => [9, 9, 9, 0, 0, 0, 0, 0] };
        });
        var warnings = new List<string>();
        var progress = new InlineProgress(report => { if (report.Warning is { } warning) warnings.Add(warning); });
        TrainStep.Run(s_config with { Steps = 3 }, 3, new TrainInputs(folder, _tiny.Corpus), Path.Combine(_output, "experts"), progress, default);
        var experts = Lines("experts").Where(line => line.TryGetProperty("experts", out _)).Select(line => line.GetProperty("experts")).ToList();
        Assert.Equal(2, experts.Count);
        Assert.Equal(3, experts[0].GetProperty("model.layers.1.mlp").GetProperty("effective").GetDouble(), 2);
        Assert.True(experts[0].GetProperty("model.layers.2.mlp").GetProperty("effective").GetDouble() > 4);
        Assert.Contains("the router of 1 layers has collapsed, worst model.layers.1.mlp with 3.0 of 8 experts in use", warnings[0]);
    }

    private static TrainConfig Fused() => s_config with { FusedUpdate = true, GradientAccumulation = 1, ClipNorm = null, SpikeDeviations = null };

    private void Train(TrainConfig config, string name) =>
        TrainStep.Run(config, 3, new TrainInputs(_tiny.Base, _tiny.Corpus), Path.Combine(_output, name), new InlineProgress(_ => { }), default);

    private List<JsonElement> Lines(string name) =>
        [.. File.ReadLines(Path.Combine(_output, name, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private List<double> Losses(string name) => [.. Lines(name).Where(line => line.TryGetProperty("loss", out _)).Select(line => line.GetProperty("loss").GetDouble())];

    private List<double> Norms(string name) => [.. Lines(name).Where(line => line.TryGetProperty("gradient_norm", out _)).Select(line => line.GetProperty("gradient_norm").GetDouble())];

    private List<double> General(string name) =>
        [.. Lines(name).Where(line => line.TryGetProperty("validation", out _)).Select(line => line.GetProperty("validation").GetProperty("general").GetDouble())];

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(_output, name, "model", "model.safetensors"));

    private sealed class Near(double share) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= share * Math.Abs(x);

        public int GetHashCode(double obj) => 0;
    }
}
