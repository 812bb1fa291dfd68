using System.Text.Json.Nodes;
using Geobuk.Compression.Export;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Tests;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Compression.Tests;

/// <summary>
/// The three implementations on shapes that no released model has, drawn at random: the reference, the engine on the folder and on
/// its F32 file, the modules; whole, in chunks and token by token. GEOBUK_SHAPES sets how many shapes of each family.
/// </summary>
public sealed class RandomShapeTests : IDisposable
{
    private const float Tolerance = 2e-4f;

    private static readonly int s_shapes = int.TryParse(Environment.GetEnvironmentVariable("GEOBUK_SHAPES"), out var count) ? count : 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-shapes-").FullName;

    public static TheoryData<string> Families => [.. ModelFamily.All.Select(family => family.Name)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_OfEveryImplementation_Agree(string family)
    {
        TorchRuntime.Start(new TorchOptions());
        foreach (var (place, config, model) in Shapes(family))
        {
            var ids = Ids(config);
            using var reference = ReferenceModel.Load(model);
            var want = reference.Logits(ids);
            AssertClose(want, Engine(model, ids, chunk: 7), $"{place}, engine");
            AssertClose(want, Modules(model, ids, cached: false), $"{place}, modules");
            AssertClose(want, Modules(model, ids, cached: true), $"{place}, modules token by token");
            var file = Path.Combine(_folder, "model.gguf");
            ModelCompressor.Write(model, CompressionPreset.Find("f32"), file);
            AssertClose(want, Engine(file, ids, chunk: ids.Length), $"{place}, engine on GGUF");
            AssertClose(want, Engine(file, ids, chunk: 1), $"{place}, engine on GGUF token by token");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_OfTheF32File_GivesConfigurationAndTensorsBack(string family)
    {
        foreach (var (place, config, model) in Shapes(family))
        {
            var (file, back) = (Path.Combine(_folder, "model.gguf"), Path.Combine(_folder, "back"));
            ModelCompressor.Write(model, CompressionPreset.Find("f32"), file);
            CheckpointExporter.Write(file, back, null);
            using var before = Checkpoint.Open(model);
            using var after = Checkpoint.Open(back);
            Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
            foreach (var name in before.Tensors.Keys) Assert.True(before.Bytes(name).SequenceEqual(after.Bytes(name)), $"{place}: {name} changed");
            AssertSame(config, ModelConfig.Load(back), place);
            Directory.Delete(back, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_To8Bits_OfMatricesThatNoBlockDivides_IsReadBack(string family)
    {
        foreach (var (place, config, model) in Shapes(family, config => config with { HiddenSize = 131, IntermediateSize = 259 }, most: 2))
        {
            var eight = Path.Combine(_folder, "eight");
            CheckpointExporter.Write(model, eight, TensorDataType.F8_E4M3);
            using var original = ModelCheckpoint.Open(model);
            using var rounded = ModelCheckpoint.Open(eight);
            Assert.Contains(original.Tensors, spec => rounded.DataType(spec.Name) == TensorDataType.F8_E4M3);
            foreach (var spec in original.Tensors)
            {
                var (want, got) = (original.ReadSingle(spec.Name), rounded.ReadSingle(spec.Name));
                var largest = want.Max(MathF.Abs);
                for (var i = 0; i < want.Length; i++)
                    Assert.True(MathF.Abs(got[i] - want[i]) <= MathF.Abs(want[i]) / 16 + largest / 448 / 512, $"{place}: {spec.Name}[{i}] is {got[i]} for {want[i]}");
            }
            var ids = Ids(config);
            using var reference = ReferenceModel.Load(eight);
            AssertClose(reference.Logits(ids), Engine(eight, ids, chunk: 16), place);
            Directory.Delete(eight, recursive: true);
        }
    }

    /// <summary>
    /// Along every tensor's own gradient g the reference's loss must change by |g| a unit of length. All experts and positions are
    /// taken, for a choice has no slope.
    /// </summary>
    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_OfTheModules_AreTheSlopesOfTheReferencesLoss(string family)
    {
        TorchRuntime.Start(new TorchOptions());
        foreach (var (place, config, model) in Shapes(family, Smooth, most: 1))
        {
            var ids = Ids(config)[..14];
            using var network = ModelWeights.Load(model, CPU);
            using var batch = Batch(ids);
            ChunkedCrossEntropy.Backward(network, batch, 1.0 / batch.PredictionCount);
            foreach (var (name, parameter) in network.Trainable())
            {
                var gradient = parameter.grad?.data<float>().ToArray() ?? [];
                var norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
                // A slope this small drowns in the rounding of the loss.
                if (norm < 1e-2) continue;
                var step = 4e-3 / norm;
                var slope = (Loss(config, name, gradient, step) - Loss(config, name, gradient, -step)) / (2 * step);
                Assert.True(Math.Abs(slope - norm * norm) <= 0.03 * norm * norm, $"{place}: {name} has slope {slope / norm} for a gradient of length {norm}");
            }

            double Loss(ModelConfig config, string name, float[] direction, double step)
            {
                var folder = Directory.CreateDirectory(Path.Combine(_folder, "moved")).FullName;
                TinyCheckpoint.Write(folder, config, change: tensors =>
                {
                    var at = tensors.FindIndex(tensor => tensor.Name == name);
                    var values = tensors[at].Values;
                    tensors[at] = tensors[at] with { Values = () => [.. values().Zip(direction, (value, d) => (float)(value + step * d))] };
                });
                using var reference = ReferenceModel.Load(folder);
                var logits = reference.Logits(ids);
                return Enumerable.Range(0, ids.Length - 1).Average(t => Math.Log(logits[t].Sum(value => Math.Exp((double)value - logits[t].Max()))) + logits[t].Max() - logits[t][ids[t + 1]]);
            }
        }
    }

    private static ModelConfig Smooth(ModelConfig config) => config with
    {
        Mixture = config.Mixture is { } mixture ? mixture with { ExpertsPerToken = mixture.RoutedExperts, KeptGroups = mixture.Groups } : null,
        Latent = config.Latent is { } latent ? latent with { Indexer = latent.Indexer is { } indexer ? indexer with { TopK = 64 } : null } : null,
    };

    private IEnumerable<(string Place, ModelConfig Config, string Model)> Shapes(string family, Func<ModelConfig, ModelConfig>? change = null, int most = int.MaxValue)
    {
        for (var seed = 0; seed < Math.Min(s_shapes, most); seed++)
        {
            var config = RandomShapes.Draw(ModelFamily.All.Single(known => known.Name == family), seed);
            config = change?.Invoke(config) ?? config;
            var model = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
            TinyCheckpoint.Write(model, config);
            AssertSame(config, ModelConfig.Load(model), $"{family} {seed}, config.json");
            Respell(Path.Combine(model, "config.json"), seed);
            AssertSame(config, ModelConfig.Load(model), $"{family} {seed}, config.json in other words");
            yield return ($"{family} {seed}", config, model);
        }
    }

    /// <summary>The same configuration as other tools write it: newer or older names, keys left out that say what is taken anyway.</summary>
    private static void Respell(string path, int seed)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var scaling = json["rope_scaling"]?.DeepClone().AsObject();
        if (seed % 2 == 1)
        {
            json["rope_parameters"] = scaling ?? new JsonObject { ["rope_type"] = "default" };
            json["rope_parameters"]!["rope_theta"] = json["rope_theta"]!.DeepClone();
            json.Remove("rope_scaling");
            json.Remove("rope_theta");
            (json["dtype"], json["bos_token_id"]) = (json["torch_dtype"]!.DeepClone(), new JsonArray((int)json["bos_token_id"]!));
            json.Remove("torch_dtype");
        }
        else if (scaling is not null)
        {
            scaling["type"] = scaling["rope_type"]!.DeepClone();
            scaling.Remove("rope_type");
            json["rope_scaling"] = scaling;
        }
        json.Remove("initializer_range");
        if ((int)json["num_key_value_heads"]! == (int)json["num_attention_heads"]!) json.Remove("num_key_value_heads");
        if (json["first_k_dense_replace"] is { } first)
        {
            json.Remove("moe_layer_freq");
            if ((int)first == 1) json.Remove("first_k_dense_replace");
            json.Remove("scoring_func");
            json.Remove("topk_method");
        }
        if (json.ContainsKey("n_group") && json["n_group"] is null) json.Remove("topk_group");
        File.WriteAllText(path, json.ToJsonString());
    }

    // Longer than a block of the cache, and than most indexers read.
    private static int[] Ids(ModelConfig config) => [.. Enumerable.Range(0, 41).Select(i => (i * i * 7 + 3 * i) % config.VocabularySize)];

    private static PackedBatch Batch(int[] ids) => new(ids, [.. Enumerable.Range(0, ids.Length)], new int[ids.Length], ids.Length, CPU);

    private static float[][] Engine(string path, int[] ids, int chunk)
    {
        using var model = InferenceModel.Load(path, new InferenceOptions { Threads = 2, PrefillChunk = chunk });
        using var engine = new Engine(model);
        var rows = new List<float[]>();
        engine.Logits(ids, (_, logits) => rows.Add(logits.ToArray()));
        return [.. rows];
    }

    private static float[][] Modules(string folder, int[] ids, bool cached)
    {
        using var model = ModelWeights.Load(folder, CPU);
        using var scope = NewDisposeScope();
        using var still = no_grad();
        using var batch = Batch(ids);
        using var cache = new DecoderCache(model.Config.LayerCount);
        var logits = cached
            ? cat([.. Enumerable.Range(0, ids.Length).Select(t => model.Logits(model.Hidden(batch.InputIds.narrow(1, t, 1), cache)))], 1)
            : model.Logits(model.Hidden(batch));
        return [.. logits.contiguous().data<float>().ToArray().Chunk(model.Config.VocabularySize)];
    }

    private static void AssertSame(ModelConfig want, ModelConfig got, string place)
    {
        Assert.True(want.ToJson("float32").ToJsonString() == got.ToJson("float32").ToJsonString(), $"{place}: {want.ToJson("float32")} became {got.ToJson("float32")}");
        Assert.Equal(want.Mixture?.DenseLayers ?? [], got.Mixture?.DenseLayers ?? []);
    }

    private static void AssertClose(float[][] want, float[][] got, string place)
    {
        Assert.Equal(want.Length, got.Length);
        for (var t = 0; t < want.Length; t++)
            for (var i = 0; i < want[t].Length; i++)
                Assert.True(MathF.Abs(got[t][i] - want[t][i]) <= Tolerance + Tolerance * MathF.Abs(want[t][i]), $"{place}: position {t}, logit {i} is {got[t][i]} for {want[t][i]}");
    }
}
