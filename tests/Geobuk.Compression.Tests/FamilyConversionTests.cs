using Geobuk.Compression.Export;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

public sealed class FamilyConversionTests : IDisposable
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 30).Select(i => i * i * 11 % 93)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-conversion-").FullName;

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    private string Model => Path.Combine(_folder, "model");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_OfTheF32File_EqualTheReferenceOnTheCheckpoint(string family)
    {
        Write(family);
        using var reference = ReferenceModel.Load(Model);
        AssertClose(reference.Logits(s_ids), Logits(Compress("f32")), 1e-4f);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_OfAQuantizedFile_EqualTheReferenceOnTheSameFile(string family)
    {
        Write(family, wide: true, choices: false);
        var file = Compress("q4_k_m");
        using var reference = ReferenceModel.Load(file);
        // The engine rounds its inputs to 8 bits, the reference does not. All experts and positions are taken, lest a narrow choice
        // between two of them fall differently.
        AssertClose(reference.Logits(s_ids), Logits(file), 0.3f);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_OfAnUnquantizedFile_GivesTheCheckpointBackBitForBit(string family)
    {
        foreach (var (type, preset) in new[] { (TensorDataType.F32, "f32"), (TensorDataType.F16, "f16"), (TensorDataType.BF16, "bf16") })
        {
            Write(family, type);
            var back = Path.Combine(_folder, "back");
            CheckpointExporter.Write(Compress(preset), back, null, shardBytes: 20_000);
            using var before = Checkpoint.Open(Model);
            using var after = Checkpoint.Open(back);
            Assert.Equal(before.Tensors.Keys.Order(), after.Tensors.Keys.Order());
            foreach (var (name, tensor) in before.Tensors)
            {
                Assert.Equal(tensor.DataType, after.Tensors[name].DataType);
                Assert.True(before.Bytes(name).SequenceEqual(after.Bytes(name)), $"{family} {preset}: {name} changed");
            }
            Assert.Equal(Logits(Model), Logits(back));
            Directory.Delete(back, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void StopTokens_OfEveryPlaceThatNamesSome_SurviveTheFileAndTheWayBack(bool tokenizer)
    {
        TinyModel.Write(_folder, TinyModel.Llama with { BosTokenId = 1, EosTokenIds = [0, 7] }, tokenizer: tokenizer);
        if (tokenizer) File.WriteAllText(Path.Combine(Model, "generation_config.json"), """{"eos_token_id": [0, 3, 48]}""");
        using var folder = InferenceModel.Load(Model);
        Assert.Superset(new HashSet<int>(tokenizer ? [0, 3, 7, 48] : [0, 7]), folder.StopTokenIds.ToHashSet());

        var back = Path.Combine(_folder, "back");
        CheckpointExporter.Write(Compress("f16"), back, null);
        using var file = InferenceModel.Load(Path.Combine(_folder, "f16.gguf"));
        using var again = InferenceModel.Load(back);

        Assert.Equal(folder.StopTokenIds.Order(), file.StopTokenIds.Order());
        Assert.Equal(folder.StopTokenIds.Order(), again.StopTokenIds.Order());
        Assert.Equal((tokenizer ? 0 : 1, 0), (again.Config.BosTokenId, again.Config.EosTokenIds[0]));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Export_To8Bits_IsReadEverywhereWithTheSameValues(string family)
    {
        Write(family, wide: true);
        var eight = Path.Combine(_folder, "eight");
        CheckpointExporter.Write(Model, eight, TensorDataType.F8_E4M3);
        using var original = ModelCheckpoint.Open(Model);
        using var rounded = ModelCheckpoint.Open(eight);
        var eights = 0;
        foreach (var spec in original.Tensors.Where(spec => rounded.DataType(spec.Name) == TensorDataType.F8_E4M3))
        {
            eights++;
            var (want, got) = (original.ReadSingle(spec.Name), rounded.ReadSingle(spec.Name));
            // Three mantissa bits: half a sixteenth of the value, or of the smallest normal number of the block.
            var largest = want.Max(MathF.Abs);
            for (var i = 0; i < want.Length; i++)
                Assert.True(MathF.Abs(got[i] - want[i]) <= MathF.Abs(want[i]) / 16 + largest / 448 / 512, $"{spec.Name}[{i}]: {got[i]} for {want[i]}");
        }
        Assert.NotEqual(0, eights);
        using var reference = ReferenceModel.Load(eight);
        AssertClose(reference.Logits(s_ids), Logits(eight), 2e-4f);
        AssertClose(reference.Logits(s_ids), Logits(Compress("f32", eight)), 2e-4f);
    }

    [Fact]
    public void Open_Of8BitTensorWithoutScales_NamesThem()
    {
        Write("axk1", change: tensors => tensors[tensors.FindIndex(tensor => tensor.Name.EndsWith("q_a_proj.weight", StringComparison.Ordinal))] =
            new TensorToWrite("model.layers.0.self_attn.q_a_proj.weight", TensorDataType.F8_E4M3, [22, 36], () => new float[22 * 36]));
        var error = Assert.Throws<UserInputException>(() => ModelCheckpoint.Open(Model));
        Assert.Contains("tensor model.layers.0.self_attn.q_a_proj.weight_scale_inv is missing; expected the scales", error.Message);
    }

    [Fact]
    public void Open_OfAGateThatCannotBeSplit_NamesTheRow()
    {
        Write("axk2", change: tensors =>
        {
            var at = tensors.FindIndex(tensor => tensor.Name == "model.layers.1.self_attn.q_b_proj.weight");
            var tensor = tensors[at];
            tensors[at] = tensor with
            {
                Values = () =>
                {
                    var values = tensor.Values();
                    values[^44] = 1;
                    return values;
                },
            };
        });
        var error = Assert.Throws<UserInputException>(() => ModelCheckpoint.Open(Model));
        Assert.Contains("q_b_proj.weight has values other than 0 in 1 rows, the first row 83 in columns 0 to 21", error.Message);
    }

    [Fact]
    public void Open_OfOtherSpellingsAndFurtherLayers_ReadsTheSameModel()
    {
        Write("axk1");
        var want = Logits(Model);
        Write("axk1", change: tensors =>
        {
            for (var i = 0; i < tensors.Count; i++)
                tensors[i] = tensors[i] with { Name = tensors[i].Name.Replace("post_mlp_layernorm", "mlp.post_mlp_layernorm", StringComparison.Ordinal) };
            tensors.Add(new TensorToWrite("model.layers.3.eh_proj.weight", TensorDataType.F32, [4], () => new float[4]));
            tensors.Add(new TensorToWrite("model.layers.0.self_attn.rotary_emb.inv_freq", TensorDataType.F32, [3], () => new float[3]));
        });
        Assert.Equal(want, Logits(Model));
        Write("axk2");
        want = Logits(Model);
        Write("axk2", change: tensors =>
        {
            for (var i = 0; i < tensors.Count; i++)
                tensors[i] = tensors[i] with
                {
                    Name = tensors[i].Name.Replace("q_b_proj", "q_gate_proj", StringComparison.Ordinal)
                        .Replace("norm.W_down", "norm.mlp.fc1", StringComparison.Ordinal).Replace("norm.W_up", "norm.mlp.fc2", StringComparison.Ordinal),
                };
        });
        Assert.Equal(want, Logits(Model));
    }

    private void Write(string family, TensorDataType type = TensorDataType.F32, bool wide = false, bool choices = true, Action<List<TensorToWrite>>? change = null)
    {
        var config = wide ? TinyCheckpoint.Wide(family) : TinyCheckpoint.Shapes[family];
        if (!choices && config.Mixture is { } chosen) config = config with { Mixture = chosen with { ExpertsPerToken = chosen.RoutedExperts, KeptGroups = chosen.Groups } };
        if (!choices && config.Latent is { Indexer: { } indexer }) config = config with { Latent = config.Latent with { Indexer = indexer with { TopK = 64 } } };
        TinyCheckpoint.Write(Directory.CreateDirectory(Model).FullName, config, type: type, change: change);
    }

    private string Compress(string preset, string? model = null)
    {
        var file = Path.Combine(_folder, $"{preset}.gguf");
        ModelCompressor.Write(model ?? Model, CompressionPreset.Find(preset), file);
        return file;
    }

    private static float[][] Logits(string path)
    {
        using var model = InferenceModel.Load(path, new InferenceOptions { Threads = 2 });
        using var engine = new Engine(model);
        var rows = new List<float[]>();
        engine.Logits(s_ids, (_, logits) => rows.Add(logits.ToArray()));
        return [.. rows];
    }

    private static void AssertClose(float[][] want, float[][] got, float tolerance)
    {
        Assert.Equal(want.Length, got.Length);
        for (var t = 0; t < want.Length; t++)
            for (var i = 0; i < want[t].Length; i++)
                Assert.True(MathF.Abs(got[t][i] - want[t][i]) <= tolerance + tolerance * MathF.Abs(want[t][i]), $"position {t}, logit {i}: got {got[t][i]}, want {want[t][i]}");
    }
}
