using Geobuk.Models.Checkpoints;
using Geobuk.Models.Layouts;
using Geobuk.Tests;

namespace Geobuk.Models.Tests.Checkpoints;

public sealed class ModelCheckpointTests : IDisposable
{
    private const string Embedding = "model.embed_tokens.weight";
    private const int Rows = 9_001;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-거북-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TensorDataType.F32)]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.BF16)]
    public void Read_AnyTypeAndLength_GivesWhatTheMappingHolds(TensorDataType type)
    {
        TinyCheckpoint.Write(_folder, TinyCheckpoint.Shapes["llama"] with { VocabularySize = Rows }, type: type);
        using var checkpoint = ModelCheckpoint.Open(_folder);
        using var mapped = Checkpoint.Open(_folder);
        var expected = new float[mapped.Tensors[Embedding].Elements];
        type.ToSingle(mapped.Bytes(Embedding), expected);
        Assert.Equal(expected, mapped.ReadSingle(Embedding));
        // More than two of the pieces that are read at a time.
        Assert.Equal(expected, checkpoint.ReadSingle(Embedding));
        foreach (var (first, count) in new[] { (0, 1), (1, 7), (35, 36), (131_070, 5), (expected.Length - 33, 33) })
        {
            var values = new float[count];
            checkpoint.Read(new RowSource(Embedding, first, 1), values);
            Assert.Equal(expected[first..(first + count)], values);
        }
        var apart = new float[5];
        checkpoint.Read(new RowSource(Embedding, 3, 36), apart);
        Assert.Equal([expected[3], expected[39], expected[75], expected[111], expected[147]], apart);
    }

    [SkippableFact]
    public void Read_FileThatBecameShorter_SaysWhere()
    {
        Skip.If(OperatingSystem.IsWindows(), "a mapped file keeps its length there");
        TinyCheckpoint.Write(_folder, TinyCheckpoint.Shapes["llama"]);
        using var checkpoint = ModelCheckpoint.Open(_folder);
        var path = Path.Combine(_folder, "model.safetensors");
        var length = new FileInfo(path).Length;
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) file.SetLength(length / 2);
        var last = checkpoint.Tensors[^1].Name;
        var fault = Assert.Throws<UserInputException>(() => checkpoint.ReadSingle(last));
        Assert.Contains($"{path}: ends before byte ", fault.Message);
        Assert.Contains($"{length} bytes", fault.Message);
    }
}
