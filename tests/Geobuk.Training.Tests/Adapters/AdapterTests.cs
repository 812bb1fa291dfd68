using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Recipes;
using Geobuk.Training.Adapters;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Adapters;

public sealed class AdapterTests(TinyModel tiny) : IClassFixture<TinyModel>, IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 40).Select(i => i * i * 7 % 300)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-adapter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(LoraVariant.Lora)]
    [InlineData(LoraVariant.Rslora)]
    [InlineData(LoraVariant.Dora)]
    public void Save_LoadAndMerge_GiveTheSameLogits(LoraVariant variant)
    {
        using var scope = NewDisposeScope();
        var config = Config(variant);
        using var model = Adapted(config, 1);
        var expected = Logits(model);
        Assert.True(Far(expected, Logits(ModelWeights.Load(tiny.Base, CPU))) > 0.05, "the adapter changes something");
        var adapter = Path.Combine(_folder, "adapter");
        AdapterFolder.Save(model, config, tiny.Base, adapter);

        using var loaded = ModelWeights.Load(tiny.Base, CPU);
        Assert.Equal(config.Variant, AdapterFolder.Load(loaded, tiny.Base, adapter).Variant);
        Assert.True(Far(expected, Logits(loaded)) < 1e-5);

        AdapterMerge.Merge(tiny.Base, [(adapter, 1)], null, TensorDataType.F32, Path.Combine(_folder, "merged"));
        using var merged = ModelWeights.Load(Path.Combine(_folder, "merged"), CPU);
        Assert.True(Far(expected, Logits(merged)) < 1e-4);
        ModelWeights.Save(model, TensorDataType.F32, tiny.Base, Path.Combine(_folder, "saved"));
        using var saved = ModelWeights.Load(Path.Combine(_folder, "saved"), CPU);
        Assert.True(Far(expected, Logits(saved)) < 1e-4);
    }

    [Fact]
    public void Forward_OfDora_IsTheFormulaWrittenPlainly()
    {
        TorchRuntime.Start(new TorchOptions());
        using var scope = NewDisposeScope();
        using var layer = new AdaptableLinear(6, 5, true, CPU);
        using (no_grad())
            foreach (var parameter in layer.parameters()) parameter.copy_(rand_like(parameter));
        layer.AddAdapter(new LoraConfig { Rank = 2, Alpha = 3, Variant = LoraVariant.Dora }, count => [.. Enumerable.Range(0, (int)count).Select(i => MathF.Sin(i))]);
        var named = layer.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter);
        var input = randn(3, 6);
        Assert.True(Far(layer.forward(input), nn.functional.linear(input, named["weight"], named["bias"])) < 1e-5, "starts as the base");
        using (no_grad())
        {
            named["lora_B.weight"].copy_(randn(5, 2));
            named["lora_magnitude_vector"].copy_(rand(5));
        }
        var sum = named["weight"] + matmul(named["lora_B.weight"], named["lora_A.weight"]) * 1.5;
        var plain = matmul(input, (named["lora_magnitude_vector"].unsqueeze(1) * sum / sum.norm(1, true, 2f)).t()) + named["bias"];
        Assert.True(Far(layer.forward(input), plain) < 1e-5);
    }

    [Fact]
    public void Save_WritesWhatPeftReads()
    {
        var config = Config(LoraVariant.Dora) with { Targets = ["q_proj", "lm_head"] };
        using var model = Adapted(config, 1);
        AdapterFolder.Save(model, config, tiny.Base, _folder);
        using var file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.Equal(3 * (tiny.Config.LayerCount + 1), file.Tensors.Count);
        Assert.Equal([(long)tiny.Config.HiddenSize], file.Tensors["base_model.model.model.layers.1.self_attn.q_proj.lora_magnitude_vector"].Shape);
        Assert.Equal([4L, tiny.Config.HiddenSize], file.Tensors["base_model.model.lm_head.lora_A.weight"].Shape);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "adapter_config.json")));
        Assert.True(json.RootElement.GetProperty("use_dora").GetBoolean());
        Assert.Equal(4, json.RootElement.GetProperty("r").GetInt32());
    }

    [Fact]
    public void AddAdapters_ToTheEmbedding_HasPeftsNamesAndLearns()
    {
        var config = Config(LoraVariant.Lora) with { Targets = ["embed_tokens"] };
        using var model = Adapted(config, 1);
        AdapterFolder.Save(model, config, tiny.Base, _folder);
        using var file = SafetensorsFile.Open(Path.Combine(_folder, "adapter_model.safetensors"));
        Assert.Equal([4L, tiny.Config.VocabularySize], file.Tensors["base_model.model.model.embed_tokens.lora_embedding_A"].Shape);
        Assert.Equal([tiny.Config.HiddenSize, 4L], file.Tensors["base_model.model.model.embed_tokens.lora_embedding_B"].Shape);
        using var scope = NewDisposeScope();
        Logits(model).sum().backward();
        Assert.All(model.Trainable(), entry => Assert.True(entry.Parameter.grad is { } gradient && gradient.abs().max().item<float>() > 0, entry.Name));
    }

    [Fact]
    public void Load_OntoAnotherBase_IsRefused()
    {
        var config = Config(LoraVariant.Lora);
        using var model = Adapted(config, 1);
        var (adapter, other) = (Path.Combine(_folder, "adapter"), Path.Combine(_folder, "other"));
        AdapterFolder.Save(model, config, tiny.Base, adapter);
        ModelWeights.Save(model, TensorDataType.F32, tiny.Base, other);
        using var loaded = ModelWeights.Load(other, CPU);
        Assert.Contains("was trained on base weights", Assert.Throws<UserInputException>(() => AdapterFolder.Load(loaded, other, adapter)).Message);
        Assert.Contains("was trained on base weights", Assert.Throws<UserInputException>(() => AdapterMerge.Merge(other, [(adapter, 1)], null, TensorDataType.F32, Path.Combine(_folder, "x"))).Message);
    }

    [Fact]
    public void Merge_TwoWithWeightsThenUnmerge_IsTheSumAndBack()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (SaveAdapter("a", 1), SaveAdapter("b", 2));
        AdapterMerge.Merge(tiny.Base, [(a, 0.5), (b, -2)], null, TensorDataType.F32, Path.Combine(_folder, "both"));
        var name = "model.layers.1.mlp.down_proj.weight";
        var (start, one, two) = (Weight(tiny.Base, name), Weight(Merged(a), name), Weight(Merged(b), name));
        Assert.True(Far(Weight(Path.Combine(_folder, "both"), name), start + (one - start) * 0.5 - (two - start) * 2) < 1e-5);

        AdapterMerge.Unmerge(Merged(a), a, tiny.Base, TensorDataType.F32, Path.Combine(_folder, "back"));
        Assert.True(Far(Weight(Path.Combine(_folder, "back"), name), start) < 1e-6);
    }

    [Fact]
    public void Ties_OfThreeChanges_TrimsElectsAndAverages()
    {
        TorchRuntime.Start(new TorchOptions());
        using var scope = NewDisposeScope();
        var changes = new[] { new[] { 4f, -1, 3, 0.1f }, [2f, -3, -5, 0.2f], [-1f, -2, 1, 9] }.Select(values => tensor(values)).ToList();
        // Half is kept: (4, 0, 3, 0), (0, -3, -5, 0), (0, -2, 0, 9); signs +, -, -, +.
        Assert.Equal([4f, -2.5f, -5f, 9f], AdapterMerge.Ties(changes, 0.5).data<float>().ToArray());
    }

    private static LoraConfig Config(LoraVariant variant) => new() { Rank = 4, Alpha = 8, Variant = variant, Targets = ["q_proj", "v_proj", "down_proj", "lm_head"] };

    /// <summary>The base with an adapter of numbers that a seed gives.</summary>
    private CausalLanguageModel Adapted(LoraConfig config, int seed)
    {
        TorchRuntime.Start(new TorchOptions());
        var model = ModelWeights.Load(tiny.Base, CPU);
        AdapterFolder.AddAdapters(model, config, seed);
        using var still = no_grad();
        foreach (var (name, parameter) in model.Trainable())
            if (!name.Contains("magnitude", StringComparison.Ordinal))
                parameter.copy_(tensor(new CounterRandom(seed, name).Normal(parameter.numel(), 0.1), parameter.shape));
            else parameter.mul_(1.5);
        return model;
    }

    private string SaveAdapter(string name, int seed)
    {
        using var model = Adapted(Config(LoraVariant.Lora), seed);
        AdapterFolder.Save(model, Config(LoraVariant.Lora), tiny.Base, Path.Combine(_folder, name));
        return Path.Combine(_folder, name);
    }

    private static string Merged(string adapter) => adapter + "-merged";

    private Tensor Weight(string folder, string name)
    {
        if (folder.EndsWith("-merged", StringComparison.Ordinal) && !Directory.Exists(folder))
            AdapterMerge.Merge(tiny.Base, [(folder[..^"-merged".Length], 1)], null, TensorDataType.F32, folder);
        using var checkpoint = Checkpoint.Open(folder);
        return tensor(checkpoint.ReadSingle(name));
    }

    private static Tensor Logits(CausalLanguageModel model)
    {
        model.eval();
        using var batch = new PackedBatch(s_tokens, [.. Enumerable.Range(0, 40)], new int[40], 40, CPU);
        return model.Logits(model.Hidden(batch));
    }

    private static double Far(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
