using Geobuk.Compression.Pruning;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Pruning;

/// <summary>Smaller models are ordinary ones, and what goes is what matters least.</summary>
public sealed class PruningTests : IDisposable
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 300).Select(i => i * 37 % 93)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-pruning-").FullName;

    public static TheoryData<string> Families => ["llama", "qwen2", "axk1", "axk1-groups", "axk2", "axk2-groups"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Write_NothingGoes_IsTheSameModel(string family)
    {
        var config = Make(family);
        var importance = ImportanceMeasure.Run(Source, s_tokens);
        var target = new PruningTarget { FeedForward = config.IntermediateSize, Experts = config.Mixture?.RoutedExperts };

        var smaller = ModelPruner.Write(Source, PruningPlan.Of(config, target, importance), target, Target);

        Assert.Equal(config.ToJson("bfloat16").ToJsonString(), smaller.ToJson("bfloat16").ToJsonString());
        using var before = ModelCheckpoint.Open(Source);
        using var after = ModelCheckpoint.Open(Target);
        foreach (var spec in before.Tensors)
            Assert.Equal(before.ReadSingle(spec.Name), after.ReadSingle(spec.Name));
    }

    /// <summary>What activations are measured against: the smallest weights go first, or any.</summary>
    [Theory]
    [InlineData("llama")]
    [InlineData("axk1")]
    public void WeightImportance_LooksAtWeightsAlone(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        Directory.CreateDirectory(Source);
        TinyCheckpoint.Write(Source, config, type: TensorDataType.BF16, change: tensors =>
        {
            for (var i = 0; i < tensors.Count; i++)
            {
                var tensor = tensors[i];
                var parts = tensor.Name.Split('.');
                if (parts is ["model", "layers", "1", ..] && tensor.Shape.Count == 2) tensors[i] = tensor = Changed(tensor, (values, at) => values[at] / 2);
                if (parts is ["model", "layers", "0", "mlp", "down_proj", "weight"]) tensors[i] = Changed(tensor, (values, at) => at % config.IntermediateSize == 3 ? 9 : values[at]);
                if (parts is ["model", "layers", "2", "mlp", "experts", "4", "down_proj", _]) tensors[i] = Changed(tensor, (_, _) => 9);
            }
        });
        var magnitudes = WeightImportance.OfMagnitudes(Source);
        Assert.Equal(magnitudes.Layers.Min(), magnitudes.Layers[1]);
        Assert.Equal(magnitudes.Channels[0].Max(), magnitudes.Channels[0][3]);
        if (config.Mixture is not null) Assert.Equal(magnitudes.Experts[2].Max(), magnitudes.Experts[2][4]);
        var drawn = WeightImportance.Random(Source);
        Assert.Equal(drawn.Layers, WeightImportance.Random(Source).Layers);
        foreach (var importance in new[] { magnitudes, drawn })
        {
            var target = config.Mixture is null ? new PruningTarget { DropLayers = 1, FeedForward = 20 } : new PruningTarget { DropLayers = 1, Experts = 4 };
            ModelPruner.Write(Source, PruningPlan.Of(config, target, importance), target, Target);
            ModelCheckpoint.Open(Target).Dispose();
        }
    }

    /// <summary>A channel, an expert or a layer that does nothing is the first to go, and going changes nothing.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Write_IdleParts_GoWithoutATrace(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        var (channel, expert, layer) = (5, config.Mixture is { Groups: > 1 } ? 1 : 6, 1);
        Directory.CreateDirectory(Source);
        TinyCheckpoint.Write(Source, config, type: TensorDataType.BF16, change: tensors =>
        {
            for (var i = 0; i < tensors.Count; i++)
            {
                var tensor = tensors[i];
                var parts = tensor.Name.Split('.');
                if (parts is ["model", "layers", _, "mlp", "down_proj", "weight"]) tensors[i] = Changed(tensor, (values, at) => at % config.IntermediateSize == channel ? 0 : values[at]);
                if (parts is ["model", "layers", _, "mlp", "experts", var number, "down_proj", _] && number == $"{expert}") tensors[i] = Changed(tensor, (_, _) => 0);
                // Nothing is added by this layer.
                if (parts is ["model", "layers", var place, "self_attn", "o_proj", "weight"] && place == $"{layer}") tensors[i] = Changed(tensor, (_, _) => 0);
                if (parts is ["model", "layers", var same, .. var rest] && same == $"{layer}" && rest[^2] == "down_proj") tensors[i] = Changed(tensor, (_, _) => 0);
            }
        });
        var importance = ImportanceMeasure.Run(Source, s_tokens);

        Assert.Equal(layer, Lowest([.. importance.Layers]));
        Assert.All(importance.Channels.Where(entry => entry.Key != layer), entry => Assert.Equal(channel, Lowest(entry.Value)));
        Assert.All(importance.Experts.Where(entry => entry.Key != layer), entry => Assert.Equal(0, entry.Value[expert]));
        var target = new PruningTarget { DropLayers = 1, FeedForward = config.IntermediateSize - 1 };
        var smaller = ModelPruner.Write(Source, PruningPlan.Of(config, target, importance), target, Target);

        Assert.Equal(config.LayerCount - 1, smaller.LayerCount);
        Assert.Equal(Logits(Source), Logits(Target), (a, b) => Math.Abs(a - b) <= 1e-4 + 1e-4 * Math.Abs(a));
    }

    [Theory]
    [InlineData("axk1", 4)]
    [InlineData("axk2", 5)]
    [InlineData("axk1-groups", 4 * 2)]
    [InlineData("axk2-groups", 4 * 2)]
    public void Write_FewerExperts_LoadsInTheEngine(string family, int experts)
    {
        var config = Make(family);
        var target = new PruningTarget { Experts = experts };

        var smaller = ModelPruner.Write(Source, PruningPlan.Of(config, target, ImportanceMeasure.Run(Source, s_tokens)), target, Target);

        Assert.Equal(experts, smaller.Mixture!.RoutedExperts);
        Assert.All(Logits(Target), logit => Assert.True(float.IsFinite(logit)));
    }

    [Theory]
    [InlineData("llama", 2, null, null, "--drop-layers: is 2; expected 0 to 1")]
    [InlineData("llama", 0, 71, null, "--ffn: is 71; expected 1 to the model's 70")]
    [InlineData("llama", 0, null, 4, "--experts: is 4; expected none")]
    [InlineData("axk1", 0, null, 2, "--experts: is 2; expected a multiple of 1 from 3 to 8")]
    [InlineData("axk1-groups", 0, null, 6, "--experts: is 6; expected a multiple of 4 from 8 to 8")]
    public void Validate_ImpossibleTarget_IsRefused(string family, int drop, int? width, int? experts, string expected)
    {
        var target = new PruningTarget { DropLayers = drop, FeedForward = width, Experts = experts };

        var error = Assert.Throws<UserInputException>(() => target.Validate(TinyCheckpoint.Shapes[family]));

        Assert.Contains(expected, error.Message);
    }

    /// <summary>Every candidate is as large as the limit allows, and the counts are those of real folders.</summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Candidates_OfANumberOfWeights_JustFit(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        var whole = ModelLayout.Of(config).Tensors.Sum(tensor => tensor.Elements);
        var limit = whole * 9 / 10;

        var candidates = ShapeSearch.Candidates(config, limit);

        Assert.All(candidates, target => Assert.True(ShapeSearch.Count(config, target) <= limit));
        Assert.Contains(candidates, target => target.DropLayers > 0);
        Assert.Throws<UserInputException>(() => ShapeSearch.Candidates(config, 1000));
    }

    [Fact]
    public void Rank_Shapes_MeasuresEachAndLeavesNothingBehind()
    {
        var config = Make("llama");
        var limit = ModelLayout.Of(config).Tensors.Sum(tensor => tensor.Elements) * 3 / 4;

        var ranked = ShapeSearch.Rank(Source, limit, ImportanceMeasure.Run(Source, s_tokens), s_tokens, Target, null, CancellationToken.None);

        Assert.Equal(ranked.Select(entry => entry.Loss).Order(), ranked.Select(entry => entry.Loss));
        Assert.All(ranked, entry => Assert.InRange(entry.Loss, 1, 20));
        Assert.False(Directory.Exists(Target));
    }

    private string Source => Path.Combine(_folder, "source");

    private string Target => Path.Combine(_folder, "target");

    private ModelConfig Make(string family)
    {
        Directory.CreateDirectory(Source);
        TinyCheckpoint.Write(Source, TinyCheckpoint.Shapes[family], type: TensorDataType.BF16);
        return ModelConfig.Load(Source);
    }

    private static TensorToWrite Changed(TensorToWrite tensor, Func<float[], int, float> change) => tensor with
    {
        Values = () =>
        {
            var values = tensor.Values();
            return [.. values.Select((_, at) => change(values, at))];
        },
    };

    private static int Lowest(double[] values) => Array.IndexOf(values, values.Min());

    private static float[] Logits(string folder)
    {
        using var model = InferenceModel.Load(folder);
        using var engine = new Engine(model, 1);
        using var cache = engine.CreateCache();
        var logits = new List<float>();
        engine.Prefill(cache, s_tokens.AsSpan(0, 40), (_, values) => logits.AddRange(values), 0, CancellationToken.None);
        return [.. logits];
    }
}
