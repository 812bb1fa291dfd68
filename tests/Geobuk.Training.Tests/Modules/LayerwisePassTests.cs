using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Modules;

/// <summary>Gradients layer by layer, kept and computed again, against one backward pass through the whole graph.</summary>
public sealed class LayerwisePassTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-layerwise-").FullName;

    public static TheoryData<string, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, bool>();
            foreach (var family in TinyCheckpoint.Shapes.Keys)
                foreach (var lora in new[] { false, true })
                    foreach (var bf16 in new[] { false, true }) cases.Add(family, lora, bf16);
            return cases;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_OfEveryFamily_IsThatOfTheWholeGraphBitForBit(string family, bool lora, bool bf16)
    {
        using var scope = NewDisposeScope();
        using var model = Load(family, lora);
        if (bf16) model.ToBFloat16();
        using var batch = Batch(model.Config);
        var weights = arange(batch.PredictionCount * (long)model.Config.HiddenSize, float32).sin().view(batch.PredictionCount, -1).to(bf16 ? bfloat16 : float32);
        ChunkedCrossEntropy.Selected(model, batch).backward([weights]);
        var whole = Gradients(model);
        Assert.NotEmpty(whole);
        foreach (var mixture in model.Mixtures()) mixture.Mixture.TakeLoad();
        foreach (var again in new[] { false, true })
        {
            model.ActivationCheckpointing = again;
            new LayerwisePass(model, batch).Backward(weights);
            var cut = Gradients(model);
            Assert.Equal(whole.Keys, cut.Keys);
            foreach (var (name, bytes) in whole) Assert.True(bytes.AsSpan().SequenceEqual(cut[name]), $"{name}, computed again: {again}");
            Assert.All(model.Mixtures(), entry => Assert.Equal(batch.InputIds.numel() * model.Config.Mixture!.ExpertsPerToken, entry.Mixture.TakeLoad().Sum()));
        }
    }

    [Fact]
    public void Backward_Dropout_IsDrawnAgainAsItWas()
    {
        using var scope = NewDisposeScope();
        using var model = Load("llama", true, 0.5);
        model.train();
        using var batch = Batch(model.Config);
        var kept = Losses(false);
        Assert.Equal(kept, Losses(true));
        model.DropoutSeed = 8;
        Assert.NotEqual(kept, Losses(true));

        List<byte[]> Losses(bool again)
        {
            model.ActivationCheckpointing = again;
            model.DropoutSeed ??= 7;
            ChunkedCrossEntropy.Backward(model, batch, 1);
            return [.. Gradients(model).Values];
        }
    }

    [Fact]
    public void Backward_FrozenBelow_StopsAtTheLowestLayerThatLearns()
    {
        using var scope = NewDisposeScope();
        using var model = Load("llama", false);
        foreach (var (name, parameter) in model.named_parameters()) parameter.requires_grad_(name.Contains("layers.1.", StringComparison.Ordinal));
        using var batch = Batch(model.Config);
        model.ActivationCheckpointing = true;
        ChunkedCrossEntropy.Backward(model, batch, 1);
        Assert.All(Gradients(model).Keys, name => Assert.Contains("layers.1.", name));
        foreach (var (name, parameter) in model.named_parameters()) parameter.requires_grad_(name.Contains("lm_head", StringComparison.Ordinal));
        ChunkedCrossEntropy.Backward(model, batch, 1);
        Assert.Equal("lm_head.weight", Assert.Single(Gradients(model)).Key);
    }

    private CausalLanguageModel Load(string family, bool lora, double dropout = 0)
    {
        TorchRuntime.Start(new TorchOptions());
        TinyCheckpoint.Write(_folder, TinyCheckpoint.Shapes[family]);
        var model = ModelWeights.Load(_folder, CPU);
        if (!lora) return model;
        AdapterFolder.AddAdapters(model, new LoraConfig { Rank = 4, Alpha = 8, Dropout = dropout, Targets = ["o_proj", "down_proj", "up_proj"] }, 3);
        using var still = no_grad();
        // B starts at zero, and with it A's gradient.
        foreach (var (name, parameter) in model.Trainable())
            if (name.Contains("lora_B", StringComparison.Ordinal)) parameter.copy_(arange(parameter.numel(), float32).cos().view(parameter.shape) * 0.1);
        return model;
    }

    private static PackedBatch Batch(ModelConfig config)
    {
        var tokens = Enumerable.Range(0, 40).Select(i => i * i * 7 % config.VocabularySize).ToArray();
        return new PackedBatch(tokens, [.. Enumerable.Range(0, 40).Select(i => i < 12 ? i : i - 12)], [.. Enumerable.Range(0, 40).Select(i => i < 12 ? 0 : 1)], 40, CPU);
    }

    /// <summary>The bytes of every gradient by name; the model is left without.</summary>
    private static SortedDictionary<string, byte[]> Gradients(CausalLanguageModel model)
    {
        var gradients = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (parameter.grad is { } gradient) gradients[name] = gradient.contiguous().bytes.ToArray();
            parameter.grad = null;
        }
        return gradients;
    }
}
