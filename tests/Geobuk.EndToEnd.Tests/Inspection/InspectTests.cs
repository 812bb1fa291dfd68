using System.Text.Json.Nodes;
using Geobuk.Compression;
using Geobuk.Compression.Quantization;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Inspection;

/// <summary><c>geobuk inspect</c> from the outside.</summary>
public sealed class InspectTests : RunFixture
{
    public static TheoryData<string> Families => ["llama", "qwen2", "axk1", "axk2"];

    [Theory]
    [InlineData("ax-3.1-light", "7,264,800,768 parameters, 7,264,800,768 active")]
    [InlineData("ax-k1", "518,983,063,808 parameters, 32,779,344,128 active")]
    [InlineData("ax-k2-light", "20,314,500,992 parameters, 2,572,595,072 active")]
    public void Inspect_ConfigAlone_PrintsThePublishedCounts(string shape, string expected)
    {
        using var inspect = Start("inspect", Shape(shape));

        Assert.Equal(0, inspect.Wait());
        Assert.Contains(expected, inspect.Output);
    }

    [Fact]
    public void Inspect_FolderWithoutWeights_IsDescribedFromItsConfig()
    {
        Directory.CreateDirectory(At("shape"));
        File.Copy(Shape("ax-k2-light"), At("shape/config.json"));

        var model = Inspect("shape");

        Assert.Equal(("config.json", "axk2", 15_360L, 12_288L), ((string)model["format"]!, (string)model["architecture"]!, (long)model["kv_bytes_per_token"]!, (long)model["indexer_bytes_per_token"]!));
        Assert.Equal(20_314_500_992, model["tensors"]!.AsArray().Sum(tensor => tensor!["shape"]!.AsArray().Aggregate(1L, (product, size) => product * (long)size!)));
    }

    /// <summary>K2-Light in 8 bits is about 20.3 GB: one byte a weight of the linear layers, two of the rest, and a scale for 128 x 128.</summary>
    [Fact]
    public void Inspect_ConfigAloneInEightBits_CountsThemAndTheirScales()
    {
        Directory.CreateDirectory(At("eight"));
        var config = JsonNode.Parse(File.ReadAllText(Shape("ax-k2-light")))!.AsObject();
        config["quantization_config"] = JsonNode.Parse("""{"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}""");
        File.WriteAllText(At("eight/config.json"), config.ToJsonString());

        var model = Inspect("eight");

        Assert.InRange((long)model["bytes"]!, 20_300_000_000, 21_100_000_000);
        Assert.InRange((double)(long)model["other_bytes"]! / (long)model["bytes"]!, 4.0 / 128 / 128 * 0.9, 4.0 / 128 / 128 * 1.1);
        Assert.Contains("as stored", model["memory"]!.AsArray().Select(entry => (string)entry!["format"]!));
        Assert.Equal(("F8_E4M3", "BF16"), (Type("model.layers.1.self_attn.o_proj.weight"), Type("lm_head.weight")));

        string Type(string name) => (string)model["tensors"]!.AsArray().Single(tensor => (string)tensor!["name"]! == name)!["type"]!;
    }

    /// <summary>From models.md's table: one H200 holds A.X 3.1 Light and K2-Light in bf16, 4.0 in 8 bits but not in bf16, K1 in no form.</summary>
    [Theory]
    [InlineData("ax-3.1-light", "bf16", true)]
    [InlineData("ax-k2-light", "bf16", true)]
    [InlineData("ax-4.0", "bf16", false)]
    [InlineData("ax-4.0", "q8_0", true)]
    [InlineData("ax-k1", "q4_k_m", false)]
    public void Inspect_Memory_SaysWhatFitsOneH200(string shape, string format, bool fits)
    {
        var fit = Inspect(Shape(shape))["memory"]!.AsArray().Single(entry =>
            (string)entry!["format"]! == format && (int)entry["memory"]!["gigabytes"]! == 141 && (int)entry["memory"]!["count"]! == 1);

        Assert.Equal(fits, (bool)fit!["fits"]!);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Inspect_Folder_CountsTheTensorsThatAreStored(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        Directory.CreateDirectory(At(family));
        TinyCheckpoint.Write(At(family), config, type: TensorDataType.BF16);

        var model = Inspect(family);

        Assert.Equal(ModelLayout.Of(config).Tensors.Sum(spec => spec.Elements), (long)model["parameters"]!);
        Assert.Equal(config.Mixture is null, (long)model["parameters"]! == (long)model["active_parameters"]!);
        Assert.Equal(new FileInfo(At(family + "/model.safetensors")).Length, (long)model["bytes"]!);
        Assert.Equal((long)model["bytes"]!, (long)model["other_bytes"]! + model["parts"]!.AsArray().Sum(part => (long)part!["bytes"]!));
        Assert.Equal(ModelLayout.Of(config).Tensors.Select(spec => spec.Name), model["tensors"]!.AsArray().Select(tensor => (string)tensor!["name"]!));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Inspect_Gguf_CountsWhatTheFileHolds(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        Directory.CreateDirectory(At(family));
        TinyCheckpoint.Write(At(family), config);
        ModelCompressor.Write(At(family), CompressionPreset.Find("f16"), At("model.gguf"));
        // The file leaves out the zero blocks of the fused gate: half of every such matrix.
        var unused = ModelLayout.Of(config).Tensors.Where(spec => config.Latent is { OutputGate: true } && spec.Name.EndsWith("q_b_proj.weight", StringComparison.Ordinal)).Sum(spec => spec.Elements / 2);

        var model = Inspect("model.gguf");

        Assert.Equal(ModelLayout.Of(config).Tensors.Sum(spec => spec.Elements) - unused, (long)model["parameters"]!);
        Assert.Equal(("gguf", family), ((string)model["format"]!, (string)model["architecture"]!));
        Assert.Equal(ModelCompressor.TensorBytes(config, CompressionPreset.Find("f16")), model["tensors"]!.AsArray().Sum(tensor => (long)tensor!["bytes"]!));
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("axk1")]
    public void Inspect_LayersBeyondTheModel_AreSkippedAndCountedApart(string family)
    {
        var config = TinyCheckpoint.Shapes[family];
        Directory.CreateDirectory(At("more"));
        TinyCheckpoint.Write(At("more"), config, change: tensors => tensors.Add(new TensorToWrite($"model.layers.{config.LayerCount}.eh_proj.weight", TensorDataType.F32, [10, 100], () => new float[1000])));

        var model = Inspect("more");
        using var table = Start("inspect", "more");

        Assert.Equal(ModelLayout.Of(config).Tensors.Sum(spec => spec.Elements), (long)model["parameters"]!);
        Assert.Equal((1, 4000L), ((int)model["skipped_tensors"]!, (long)model["skipped_bytes"]!));
        Assert.Equal((long)model["bytes"]!, (long)model["other_bytes"]! + 4000 + model["parts"]!.AsArray().Sum(part => (long)part!["bytes"]!));
        Assert.True(table.Wait() == 0, table.Error);
        Assert.Matches(@"skipped\s+│\s+1 │", Line(table.Output, "skipped  "));
    }

    [Fact]
    public void Inspect_BrokenConfig_NamesEveryMistake()
    {
        Write("broken.json", """{"architectures": ["MambaForCausalLM"], "hidden_size": -1, "num_hidden_layers": "3", "intermediate_size": 8, "num_attention_heads": 2, "max_position_embeddings": 64}""");
        using var inspect = Start("inspect", "broken.json", "--json");

        Assert.Equal(2, inspect.Wait());
        Assert.All(["MambaForCausalLM", "hidden_size is -1", "num_hidden_layers is \"3\""], mistake => Assert.Contains("broken.json: ", Line(inspect.Error, mistake)));
    }

    [Fact]
    public void Inspect_TensorThatIsMissing_IsNamed()
    {
        Directory.CreateDirectory(At("torn"));
        TinyCheckpoint.Write(At("torn"), TinyCheckpoint.Shapes["llama"], change: tensors => tensors.RemoveAll(tensor => tensor.Name == "model.norm.weight"));
        using var inspect = Start("inspect", "torn");

        Assert.Equal(2, inspect.Wait());
        Assert.Contains("tensor model.norm.weight is missing", inspect.Error);
    }

    [Fact]
    public void Inspect_CacheAndContext_ChangeTheFigures()
    {
        // Eight bits a weight leave 24 GB room for some 2,000 tokens of an f16 cache.
        var half = Inspect(Shape("ax-k2-light"));
        var single = Inspect(Shape("ax-k2-light"), "--cache", "f32", "--context", "1");
        var eight = Inspect(Shape("ax-k2-light"), "--kv", "q8_0");

        Assert.Equal(2 * (long)half["kv_bytes_per_token"]!, (long)single["kv_bytes_per_token"]!);
        Assert.Equal(17 * (long)half["kv_bytes_per_token"]!, 32 * (long)eight["kv_bytes_per_token"]!);
        Assert.True(Fits(half) < Fits(single));

        static int Fits(JsonNode model) => model["memory"]!.AsArray().Count(entry => (bool)entry!["fits"]!);
    }

    [Fact]
    public void Inspect_RunAndArtifact_TellWhatTheyAre()
    {
        var artifact = Path.GetRelativePath(Folder, ArtifactOf(Run(), "train"));

        var run = Inspect("runs/시험");
        var made = Inspect(artifact);

        Assert.Equal(("run", "시험"), ((string)run["kind"]!, (string)run["run"]!["name"]!));
        Assert.Equal(("artifact", "train"), ((string)made["kind"]!, (string)made["artifact"]!["step"]!));
    }

    private static string Shape(string name) => TestPaths.Repository("tests", "Shared", "shapes", name + ".json");

    private static string Line(string text, string part) => text.Split('\n').FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) ?? "";

    private JsonNode Inspect(string path, params string[] options)
    {
        using var inspect = Start(["inspect", path, "--json", .. options]);
        Assert.True(inspect.Wait() == 0, inspect.Error);
        return JsonNode.Parse(inspect.Output)!;
    }
}
