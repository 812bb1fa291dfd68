using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Modules;

public sealed class FamilyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-family-").FullName;

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void FullTraining_OfEveryFamily_ReducesTheLoss(string family)
    {
        using var model = Load(family);
        var (first, last) = Train(model, 50, 5e-3);
        Assert.True(last < 0.6 * first, $"loss {first} to {last} in 50 steps");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Lora_OnEveryLinearLayer_ReducesTheLossAndMerges(string family)
    {
        using var model = Load(family);
        var targets = model.LinearLayers().Where(entry => !entry.Name.Contains(".indexer.", StringComparison.Ordinal) && !entry.Name.Contains("layernorm", StringComparison.Ordinal))
            .Select(entry => entry.Name.Split('.')[^1]).Distinct().ToList();
        AdapterFolder.AddAdapters(model, new LoraConfig { Rank = 4, Alpha = 8, Targets = targets }, 3);
        var (first, last) = Train(model, 50, 2e-2);
        Assert.True(last < 0.8 * first, $"loss {first} to {last} in 50 steps");
        var merged = Path.Combine(_folder, "merged");
        ModelWeights.Save(model, TensorDataType.F32, Path.Combine(_folder, family), merged);
        using var again = ModelWeights.Load(merged, CPU);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var batch = Batch(model.Config);
        var difference = (model.Logits(model.Hidden(batch)) - again.Logits(again.Hidden(batch))).abs().max().item<float>();
        Assert.True(difference < 1e-3, $"logits differ by {difference} after merging");
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("axk1")]
    [InlineData("axk1-plain-query")]
    [InlineData("axk2")]
    public void Lora_WithoutNamedTargets_LearnsInAttentionAndReducesTheLoss(string family)
    {
        using var model = Load(family);
        AdapterFolder.AddAdapters(model, new LoraConfig { Rank = 4, Alpha = 8 }, 3);
        var adapted = model.LinearLayers().Where(entry => entry.Layer.HasAdapter).Select(entry => entry.Name).ToList();
        var expected = model.Config.Latent is not { } latent ? 7 : latent.QueryRank is null ? 4 : 5;
        Assert.Equal(expected * model.Config.LayerCount, adapted.Count);
        Assert.DoesNotContain(adapted, name => name.Contains(".experts.", StringComparison.Ordinal) || name.Contains(".indexer.", StringComparison.Ordinal));
        var (first, last) = Train(model, 50, 2e-2);
        Assert.True(last < 0.8 * first, $"loss {first} to {last} in 50 steps");
    }

    [Theory]
    [InlineData("axk1")]
    [InlineData("axk2")]
    public void AddAdapters_ForNamesOfAnotherFamily_NamesThemAndWhatThereIs(string family)
    {
        using var model = Load(family);
        var error = Assert.Throws<UserInputException>(() => AdapterFolder.AddAdapters(model, new LoraConfig { Targets = ["q_proj", "o_proj"] }, 3));
        Assert.Contains("train.lora.targets: no layer is named q_proj; expected some of ", error.Message);
        Assert.Contains("kv_a_proj_with_mqa, kv_b_proj", error.Message);
        Assert.DoesNotContain("no layer is named o_proj", error.Message);
    }

    [Fact]
    public void AddAdapters_DoraWithoutNamedTargets_LeavesTheFusedProjectionOut()
    {
        using var model = Load("axk2");
        AdapterFolder.AddAdapters(model, new LoraConfig { Rank = 2, Variant = LoraVariant.Dora }, 3);
        Assert.Equal(4 * model.Config.LayerCount, model.LinearLayers().Count(entry => entry.Layer.HasAdapter));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Save_ThenLoad_GivesIdenticalLogits(string family)
    {
        using var model = Load(family);
        var saved = Path.Combine(_folder, "saved");
        ModelWeights.Save(model, TensorDataType.F32, Path.Combine(_folder, family), saved);
        using var again = ModelWeights.Load(saved, CPU);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var batch = Batch(model.Config);
        Assert.Equal(0, (model.Logits(model.Hidden(batch)) - again.Logits(again.Hidden(batch))).abs().max().item<float>());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void ToBFloat16_OfEveryFamily_KeepsRoutersAndComputes(string family)
    {
        using var model = Load(family);
        var routers = model.named_parameters().Where(entry => entry.name.Contains(".mlp.gate.", StringComparison.Ordinal)).Select(entry => entry.parameter.data<float>().ToArray()).ToList();
        model.ToBFloat16();
        var after = model.named_parameters().Where(entry => entry.name.Contains(".mlp.gate.", StringComparison.Ordinal)).Select(entry => entry.parameter.data<float>().ToArray()).ToList();
        Assert.Equal(routers, after);
        using var batch = Batch(model.Config);
        Assert.True(double.IsFinite(ChunkedCrossEntropy.Backward(model, batch, 1)));
    }

    [Fact]
    public void FusedQueryGate_AfterTraining_KeepsItsUnusedBlocksAtZero()
    {
        using var model = Load("axk2");
        Train(model, 5, 1e-2);
        var saved = Path.Combine(_folder, "trained");
        ModelWeights.Save(model, TensorDataType.F32, Path.Combine(_folder, "axk2"), saved);
        // Opening refuses a fused projection whose unused blocks are not zero.
        using var checkpoint = ModelCheckpoint.Open(saved);
        Assert.Equal(Family("axk2").LayerCount, checkpoint.Tensors.Count(spec => spec.Name.EndsWith("q_b_proj.weight", StringComparison.Ordinal)));
    }

    [Fact]
    public void TakeLoad_AfterABatch_CountsEveryChoiceOnce()
    {
        using var model = Load("axk1");
        using var batch = Batch(model.Config);
        using var scope = NewDisposeScope();
        model.Hidden(batch);
        foreach (var (_, mixture) in model.Mixtures())
        {
            Assert.Equal(batch.InputIds.numel() * model.Config.Mixture!.ExpertsPerToken, mixture.TakeLoad().Sum());
            Assert.Equal(0, mixture.TakeLoad().Sum());
        }
    }

    private static ModelConfig Family(string family) => TinyCheckpoint.Shapes[family];

    private CausalLanguageModel Load(string family)
    {
        TorchRuntime.Start(new TorchOptions());
        var folder = Directory.CreateDirectory(Path.Combine(_folder, family)).FullName;
        TinyCheckpoint.Write(folder, Family(family));
        return ModelWeights.Load(folder, CPU);
    }

    private static PackedBatch Batch(ModelConfig config)
    {
        // Two documents in one sequence, and more tokens than the indexer lets a query read.
        var tokens = Enumerable.Range(0, 40).Select(i => i * i * 7 % config.VocabularySize).ToArray();
        return new PackedBatch(tokens, [.. Enumerable.Range(0, 40).Select(i => i < 12 ? i : i - 12)], [.. Enumerable.Range(0, 40).Select(i => i < 12 ? 0 : 1)], 40, CPU);
    }

    private static (double First, double Last) Train(CausalLanguageModel model, int steps, double rate)
    {
        using var batch = Batch(model.Config);
        using var optimizer = new AdamW(new TrainConfig(), model.Trainable());
        var losses = new List<double>();
        for (var i = 0; i < steps; i++)
        {
            losses.Add(ChunkedCrossEntropy.Backward(model, batch, 1.0 / batch.PredictionCount) / batch.PredictionCount);
            optimizer.Accumulate();
            optimizer.Clip(optimizer.Norm().item<double>(), 1);
            optimizer.Step(rate);
        }
        return (losses[0], losses[^1]);
    }
}
