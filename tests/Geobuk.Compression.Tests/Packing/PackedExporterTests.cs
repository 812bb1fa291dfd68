using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Geobuk.Compression.Calibration;
using Geobuk.Compression.Export;
using Geobuk.Compression.Packing;
using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Models.Quantization;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests.Packing;

public sealed class PackedExporterTests : IDisposable
{
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 30).Select(i => i * i * 11 % 93)];

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-packing-").FullName;

    public static TheoryData<string> Families => [.. TinyCheckpoint.Shapes.Keys];

    private string Model => Path.Combine(_folder, "model");
    private string Packed => Path.Combine(_folder, "packed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Families))]
    public void Write_EveryFamily_IsReadBackToTheValuesThatTheFormatMeans(string family)
    {
        TinyCheckpoint.Write(Directory.CreateDirectory(Model).FullName, TinyCheckpoint.Wide(family), type: TensorDataType.BF16);
        var result = Write("q4_k_m");
        using var files = Checkpoint.Open(Packed);
        using var model = ModelCheckpoint.Open(Packed);
        using var original = ModelCheckpoint.Open(Model);
        var packed = 0;
        foreach (var spec in model.Tensors)
        {
            var read = model.ReadSingle(spec.Name);
            if (model.IsPlain(spec.Name))
            {
                Assert.Equal(original.ReadSingle(spec.Name), read[..(int)original.Tensors.Single(tensor => tensor.Name == spec.Name).Elements]);
                continue;
            }
            packed++;
            Assert.Equal(Decode(files, spec), read);
            // A column out of order, as the engine reads latent keys.
            var column = new float[spec.Shape[0]];
            model.Read(new RowSource(spec.Name, 5, spec.Shape[1]), column);
            Assert.Equal(Enumerable.Range(0, column.Length).Select(row => read[row * spec.Shape[1] + 5]), column);
        }
        Assert.True(packed > 0);
        Assert.All(result.Tensors.Where(tensor => tensor.Type == "INT4"), tensor => Assert.InRange(tensor.Error, 0.01, 0.12));
        Assert.All(result.Tensors.Where(tensor => tensor.Type == "INT8"), tensor => Assert.InRange(tensor.Error, 0.0001, 0.012));

        // The engine computes the same on the packed folder as on one of the same values in single precision.
        var plain = Path.Combine(_folder, "plain");
        CheckpointExporter.Write(Packed, plain, TensorDataType.F32);
        Assert.Equal(Logits(plain), Logits(Packed));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Write_EveryFamily_SaysInTheConfigurationWhatEachLayerIs(string family)
    {
        TinyCheckpoint.Write(Directory.CreateDirectory(Model).FullName, TinyCheckpoint.Wide(family), type: TensorDataType.BF16);
        Write("q4_k_m");
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(Packed, "config.json")))!["quantization_config"]!;
        Assert.Equal(("compressed-tensors", "pack-quantized", "compressed"), ((string?)config["quant_method"], (string?)config["format"], (string?)config["quantization_status"]));
        var groups = config["config_groups"]!.AsObject().Select(group => group.Value!).ToList();
        Assert.All(groups, group => Assert.Equal((true, "int", "group", 32, false), ((bool)group["weights"]!["symmetric"]!, (string?)group["weights"]!["type"],
            (string?)group["weights"]!["strategy"], (int)group["weights"]!["group_size"]!, (bool)group["weights"]!["dynamic"]!)));
        var ignored = config["ignore"]!.AsArray().Select(node => (string)node!).ToList();
        using var files = Checkpoint.Open(Packed);
        using var model = ModelCheckpoint.Open(Packed);
        foreach (var spec in model.Tensors.Where(spec => spec.Shape.Count == 2 && spec.Role != TensorRole.Embedding))
        {
            var module = spec.Name[..^".weight".Length];
            var plain = model.IsPlain(spec.Name);
            Assert.Equal(plain, ignored.Any(pattern => Matches(pattern, module)));
            if (plain) continue;
            var named = groups.FirstOrDefault(group => group["targets"]!.AsArray().Any(target => Matches((string)target!, module))) ?? groups.Single(group => (string?)group["targets"]![0] == "Linear");
            Assert.Equal((int)named["weights"]!["num_bits"]!, (int)(files.Tensors[spec.Name + "_packed"].Shape[1] * 32 / spec.Shape[1]));
        }
        // What vLLM fuses has one form.
        foreach (var fused in model.Tensors.Where(spec => !model.IsPlain(spec.Name)).GroupBy(spec => Regex.Replace(Regex.Replace(spec.Name, "(q|k|v)_proj", "qkv"), @"(gate|up)_proj|experts\.\d+\..*", "x")))
            Assert.Single(fused.Select(spec => files.Tensors[spec.Name + "_packed"].Shape[1] * 32 / spec.Shape[1]).Distinct());
    }

    [Fact]
    public void Write_ScalesInHalfPrecision_AreStoredInTheModelsType()
    {
        foreach (var (type, name) in new[] { (TensorDataType.F16, "float16"), (TensorDataType.BF16, "bfloat16") })
        {
            TinyCheckpoint.Write(Directory.CreateDirectory(Model).FullName, TinyCheckpoint.Wide("llama"), type: type);
            Write("q8_0");
            using var files = Checkpoint.Open(Packed);
            Assert.All(files.Tensors.Values.Where(tensor => tensor.Name.EndsWith("_scale", StringComparison.Ordinal)), tensor => Assert.Equal(type, tensor.DataType));
            Assert.Equal(name, (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(Packed, "config.json")))!["torch_dtype"]);
        }
    }

    [Fact]
    public void Write_AnEditedPlan_DecidesTheWidthOfEachLayerAndThePadding()
    {
        var config = TinyModel.Llama with { IntermediateSize = 352 };
        var model = TinyModel.Write(_folder, config, TensorDataType.BF16);
        var types = TypePlan.Matrices(config).ToDictionary(spec => spec.Name, spec => spec.Name switch
        {
            "blk.0.ffn_down.weight" => GgmlType.Q6_K,
            "blk.1.attn_q.weight" => GgmlType.Q8_0,
            "blk.1.attn_output.weight" => GgmlType.BF16,
            _ => GgmlType.Q4_K,
        });
        PackedExporter.Write(model, new CompressionOptions { Plan = new TypePlan("edited", null, 256, types) }, Packed);
        using var files = Checkpoint.Open(Packed);
        Assert.Equal(512, ModelConfig.Load(Packed).IntermediateSize);
        Assert.Equal((128L, 64L), (files.Tensors["model.layers.0.mlp.down_proj.weight_packed"].Shape[1], files.Tensors["model.layers.1.mlp.down_proj.weight_packed"].Shape[1]));
        Assert.Equal((64L, 64L, 32L), (files.Tensors["model.layers.1.self_attn.q_proj.weight_packed"].Shape[1], files.Tensors["model.layers.1.self_attn.v_proj.weight_packed"].Shape[1],
            files.Tensors["model.layers.0.self_attn.v_proj.weight_packed"].Shape[1]));
        Assert.Equal(TensorDataType.BF16, files.Tensors["model.layers.1.self_attn.o_proj.weight"].DataType);
        using var written = ModelCheckpoint.Open(Packed);
        var gate = written.ReadSingle("model.layers.0.mlp.gate_proj.weight");
        Assert.True(gate.AsSpan(0, 352 * 256).ContainsAnyExcept(0f));
        Assert.False(gate.AsSpan(352 * 256).ContainsAnyExcept(0f));
    }

    [Fact]
    public void Write_WithImportance_KeepsImportantColumnsBetter()
    {
        TinyModel.Write(_folder, TinyModel.Llama, TensorDataType.BF16);
        var importance = new ImportanceMatrix(TypePlan.Matrices(TinyModel.Llama).ToDictionary(spec => spec.Name,
            spec => new ImportanceEntry([.. Enumerable.Range(0, (int)spec.Shape[^1]).Select(column => column % 32 < 4 ? 1000f : 1f)], [1])), ["test"], 1, 1, null);
        Assert.True(ErrorOfEarlyColumns(importance) < 0.9 * ErrorOfEarlyColumns(null));

        double ErrorOfEarlyColumns(ImportanceMatrix? matrix)
        {
            PackedExporter.Write(Model, new CompressionOptions { Importance = matrix }, Packed);
            using var before = ModelCheckpoint.Open(Model);
            using var after = ModelCheckpoint.Open(Packed);
            const string Name = "model.layers.0.mlp.up_proj.weight";
            return before.ReadSingle(Name).Zip(after.ReadSingle(Name)).Where((_, i) => i % 32 < 4).Sum(pair => Math.Pow(pair.First - pair.Second, 2));
        }
    }

    [Theory]
    [InlineData("_zero_point", "has zero points; expected symmetric groups")]
    [InlineData("_g_idx", "columns in another order")]
    public void Open_FormsThatAreNotRead_AreNamed(string suffix, string expected)
    {
        TinyModel.Write(_folder, TinyModel.Llama, TensorDataType.BF16);
        Write("q4_0");
        const string Name = "model.layers.0.mlp.up_proj.weight";
        Rewrite(tensors => [.. tensors, TensorToWrite.OfStored(Name + suffix, TensorDataType.I32, [1], stream => stream.Write(new byte[4]))]);
        var fault = Assert.Throws<UserInputException>(() => ModelCheckpoint.Open(Packed));
        Assert.Contains(Name + suffix, fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithoutScales_NamesThem()
    {
        TinyModel.Write(_folder, TinyModel.Llama, TensorDataType.BF16);
        Write("q4_0");
        Rewrite(tensors => [.. tensors.Where(tensor => tensor.Name != "model.layers.1.mlp.down_proj.weight_scale")]);
        Assert.Contains("model.layers.1.mlp.down_proj.weight_scale is missing", Assert.Throws<UserInputException>(() => ModelCheckpoint.Open(Packed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OfAModelThatIsNotFinite_NamesTheValueAndLeavesNothing()
    {
        TinyModel.Write(_folder, TinyModel.Llama, values: (name, shape) =>
        {
            var values = TinyModel.Random(name, shape);
            if (name == "model.layers.1.mlp.up_proj.weight") values[300] = float.NaN;
            return values;
        });
        Assert.Contains("tensor model.layers.1.mlp.up_proj.weight has the value NaN at element 300", Assert.Throws<UserInputException>(() => Write("q4_k_m")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Packed));
    }

    [Fact]
    public void Write_OntoItselfOrWithNothingToPack_ChangesNothing()
    {
        TinyModel.Write(_folder, TinyModel.Llama, TensorDataType.BF16);
        Assert.Contains("is the model itself", Assert.Throws<UserInputException>(() => PackedExporter.Write(Model, new CompressionOptions(), Model + "/")).Message, StringComparison.Ordinal);
        Assert.Contains("leaves every matrix plain", Assert.Throws<UserInputException>(() => Write("bf16")).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Packed));
        ModelCheckpoint.Open(Model).Dispose();
    }

    private CompressResult Write(string preset) => PackedExporter.Write(Model, new CompressionOptions { Preset = CompressionPreset.Find(preset) }, Packed, shardBytes: 100_000);

    private void Rewrite(Func<IEnumerable<TensorToWrite>, IReadOnlyList<TensorToWrite>> change)
    {
        List<TensorToWrite> stored;
        using (var files = Checkpoint.Open(Packed))
        {
            stored = [.. files.Tensors.Values.Select(tensor =>
            {
                var bytes = files.Bytes(tensor.Name).ToArray();
                return TensorToWrite.OfStored(tensor.Name, tensor.DataType, tensor.Shape, stream => stream.Write(bytes));
            })];
        }
        CheckpointWriter.Write(Packed, change(stored));
    }

    /// <summary>As the format is described: 32-bit words, the first code in the lowest bits, half the number of codes added.</summary>
    private static float[] Decode(Checkpoint files, TensorSpec spec)
    {
        var (rows, columns) = ((int)spec.Shape[0], (int)spec.Shape[1]);
        Assert.Equal([rows, columns], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(files.Bytes(spec.Name + "_shape")).ToArray().Select(size => (int)size));
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(files.Bytes(spec.Name + "_packed"));
        var scales = files.ReadSingle(spec.Name + "_scale");
        var perRow = words.Length / rows;
        var bits = perRow * 32 / columns;
        var values = new float[rows * columns];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                var word = words[row * perRow + column * bits / 32];
                var code = (long)(word >> column * bits % 32) & (1 << bits) - 1;
                values[row * columns + column] = (code - (1 << bits - 1)) * scales[row * (columns / 32) + column / 32];
            }
        return values;
    }

    private static bool Matches(string pattern, string module) => pattern.StartsWith("re:", StringComparison.Ordinal) ? Regex.IsMatch(module, pattern[3..]) : pattern == module;

    private static float[] Logits(string model)
    {
        using var loaded = InferenceModel.Load(model, new InferenceOptions { Threads = 1 });
        using var engine = new Engine(loaded);
        var all = new List<float>();
        engine.Logits(s_ids, (_, logits) => all.AddRange(logits));
        return [.. all];
    }
}
