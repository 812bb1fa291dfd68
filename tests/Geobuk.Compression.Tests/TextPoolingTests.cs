using Geobuk.Compression.Quantization;
using Geobuk.Inference;
using Geobuk.Inference.Reference;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;
using Geobuk.Tests;

namespace Geobuk.Compression.Tests;

/// <summary>Embedding models as sentence-transformers saves them: how they pool is read where they are opened, and goes into the file.</summary>
public sealed class TextPoolingTests : IDisposable
{
    private const string Transformer = """{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}""";
    private static readonly int[] s_ids = [.. Enumerable.Range(0, 30).Select(i => i * i * 11 % 93)];
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-pooling-").FullName;

    private string Model => Path.Combine(_folder, "model");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mean_tokens", "1_Pooling", Pooling.Mean)]
    [InlineData("lasttoken", "1_Pooling", Pooling.Last)]
    [InlineData("lasttoken", "2_Elsewhere", Pooling.Last)]
    public void Embed_OfAFolderAndItsFile_PoolsAsTheFolderSaysAndAsTheReference(string mode, string path, Pooling expected)
    {
        // Saved without its head: the inner model's names.
        Write(tensors =>
        {
            for (var i = 0; i < tensors.Count; i++) tensors[i] = tensors[i] with { Name = tensors[i].Name.StartsWith("model.", StringComparison.Ordinal) ? tensors[i].Name[6..] : tensors[i].Name };
        });
        WritePooling(path, $$"""{"word_embedding_dimension":32,"pooling_mode_cls_token":false,"pooling_mode_{{mode}}":true,"include_prompt":true}""");
        Modules(Transformer, $$"""{"idx":1,"name":"1","path":"{{path}}","type":"sentence_transformers.models.Pooling"}""", """{"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}""");
        using var reference = ReferenceModel.Load(Model);
        var other = reference.Embed(s_ids, expected == Pooling.Last ? Pooling.Mean : Pooling.Last);
        foreach (var place in (string[])[Model, Compress()])
        {
            using var model = InferenceModel.Load(place, new InferenceOptions { Threads = 2, PrefillChunk = 11 });
            using var engine = new Engine(model);
            var (want, got) = (reference.Embed(s_ids, expected), engine.Embed(s_ids, model.PoolingOf()));

            for (var i = 0; i < want.Length; i++) Assert.Equal(want[i], got[i], 1e-4f);
            Assert.Contains(Enumerable.Range(0, got.Length), i => Math.Abs(got[i] - other[i]) > 1e-2f);
        }
    }

    [Fact]
    public void PoolingOf_AFolderThatTakesTheFirstToken_IsRefusedByNameAndKeptInTheFile()
    {
        Write();
        WritePooling("1_Pooling", """{"pooling_mode_cls_token":true}""");
        foreach (var place in (string[])[Model, Compress()])
        {
            using var model = InferenceModel.Load(place);
            Assert.Contains("pooling_type is 2 (first token)", Assert.Throws<UserInputException>(() => model.PoolingOf()).Message);
            Assert.Equal(Pooling.Last, model.PoolingOf(Pooling.Last));
        }
    }

    [Fact]
    public void Read_OfAFolderThatSaysNothing_IsNothing()
    {
        Write();
        Assert.Null(TextPooling.Read(Model));
        Modules(Transformer);
        WritePooling("1_Pooling", """{"pooling_mode_lasttoken":true}""");
        Assert.Null(TextPooling.Read(Model));
    }

    [Theory]
    [InlineData("""{"pooling_mode_max_tokens":true}""", "pools by pooling_mode_max_tokens; expected one of pooling_mode_mean_tokens")]
    [InlineData("""{"pooling_mode_mean_tokens":true,"pooling_mode_lasttoken":true}""", "pools by pooling_mode_mean_tokens and pooling_mode_lasttoken")]
    [InlineData("""{"pooling_mode_cls_token":false}""", "pools by nothing")]
    [InlineData("[]", "not valid JSON")]
    public void Open_OfAPoolingThatThereIsNot_NamesIt(string config, string what)
    {
        Write();
        WritePooling("1_Pooling", config);
        Assert.Contains(what, Assert.Throws<UserInputException>(() => InferenceModel.Load(Model)).Message);
        Assert.Contains(what, Assert.Throws<UserInputException>(Compress).Message);
    }

    [Theory]
    [InlineData("""[{"type":"sentence_transformers.models.Dense"}]""", "has the module \"sentence_transformers.models.Dense\"")]
    [InlineData("""[{"type":null}]""", "without a type")]
    [InlineData("{}", "is not a list")]
    public void Open_OfModulesThatAreNotComputed_NamesThem(string modules, string what)
    {
        Write();
        File.WriteAllText(Path.Combine(Model, "modules.json"), modules);
        Assert.Contains(what, Assert.Throws<UserInputException>(() => InferenceModel.Load(Model)).Message);
    }

    private void Write(Action<List<TensorToWrite>>? change = null) => TinyCheckpoint.Write(Directory.CreateDirectory(Model).FullName, TinyCheckpoint.Shapes["llama"], change: change);

    private void WritePooling(string path, string config) => File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(Model, path)).FullName, "config.json"), config);

    private void Modules(params string[] modules) => File.WriteAllText(Path.Combine(Model, "modules.json"), $"[{string.Join(',', modules)}]");

    private string Compress()
    {
        var file = Path.Combine(_folder, "f32.gguf");
        ModelCompressor.Write(Model, CompressionPreset.Find("f32"), file);
        return file;
    }
}
