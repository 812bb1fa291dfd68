using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-거북-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TensorDataType.F32, 0)]
    [InlineData(TensorDataType.F16, 1e-3)]
    [InlineData(TensorDataType.BF16, 8e-3)]
    public void Write_ThenOpen_GivesTheValuesBack(TensorDataType type, double tolerance)
    {
        float[] values = [1, -2.5f, 3.14159f, 0, -0.001f, 100];
        var path = Path.Combine(_folder, "model.safetensors");
        SafetensorsWriter.Write(path, [new TensorToWrite("가중치.weight", type, [2, 3], () => values), new TensorToWrite("b", type, [0], () => [])]);
        using var file = SafetensorsFile.Open(path);
        var tensor = file.Tensors["가중치.weight"];
        Assert.Equal([2L, 3L], tensor.Shape);
        var read = new float[6];
        tensor.DataType.ToSingle(file.Bytes(tensor), read);
        for (var i = 0; i < 6; i++) Assert.True(Math.Abs(values[i] - read[i]) <= tolerance * Math.Max(1e-3, Math.Abs(values[i])), $"{read[i]} for {values[i]}");
        Assert.Single(Directory.GetFiles(_folder));
    }

    [SkippableFact]
    public void Open_LinkToAFile_ReadsTheFile()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need a privilege");
        var (path, link) = (Path.Combine(_folder, "a.safetensors"), Path.Combine(_folder, "b.safetensors"));
        SafetensorsWriter.Write(path, [new TensorToWrite("x", TensorDataType.F32, [64], () => new float[64])]);
        File.CreateSymbolicLink(link, path);
        using var file = SafetensorsFile.Open(link);
        Assert.Equal(new FileInfo(path).Length, file.Length);
        Assert.Equal(64, file.Tensors["x"].Elements);
    }

    [Fact]
    public void Write_FailingHalfway_LeavesNothing()
    {
        var path = Path.Combine(_folder, "model.safetensors");
        Assert.Throws<InvalidDataException>(() => SafetensorsWriter.Write(path, [new TensorToWrite("a", TensorDataType.F32, [1], () => throw new InvalidDataException())]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [SkippableFact]
    public void Write_OnFullDisk_SaysWhereAndWhatToDo()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs /dev/full");
        // The temporary name is a link to the device that is always full.
        var path = Path.Combine(_folder, "model.safetensors");
        File.CreateSymbolicLink($"{path}.{Environment.ProcessId}.tmp", "/dev/full");
        var fault = Assert.Throws<IOException>(() => SafetensorsWriter.Write(path, [new TensorToWrite("a", TensorDataType.F32, [100_000], () => new float[100_000])]));
        Assert.Contains(path, fault.Message);
        Assert.Contains("Free space", fault.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [SkippableFact]
    public void Open_ThroughALink_ReadsTheFile()
    {
        Skip.If(OperatingSystem.IsWindows(), "links need a privilege there");
        var path = Path.Combine(_folder, "model.safetensors");
        SafetensorsWriter.Write(path, [new TensorToWrite("a", TensorDataType.F32, [3], () => [1, 2, 3])]);
        var link = Path.Combine(_folder, "link.safetensors");
        File.CreateSymbolicLink(link, path);
        using var file = SafetensorsFile.Open(link);
        Assert.Equal(new FileInfo(path).Length, file.Length);
    }

    [Fact]
    public void Checkpoint_WithShards_FindsEveryTensor()
    {
        SafetensorsWriter.Write(Path.Combine(_folder, "model-1.safetensors"), [new TensorToWrite("a", TensorDataType.F32, [1], () => [1])]);
        SafetensorsWriter.Write(Path.Combine(_folder, "model-2.safetensors"), [new TensorToWrite("b", TensorDataType.F32, [1], () => [2])]);
        var index = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(index, "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"b\":\"model-2.safetensors\"}}");
        using (var checkpoint = Checkpoint.Open(_folder))
        {
            Assert.Equal(2f, checkpoint.ReadSingle("b")[0]);
            Assert.Equal(2, checkpoint.ParameterCount);
        }
        File.WriteAllText(index, "{\"weight_map\":{\"a\":\"model-1.safetensors\",\"c\":\"model-2.safetensors\"}}");
        Assert.Contains("tensor c is missing", Assert.Throws<UserInputException>(() => Checkpoint.Open(_folder)).Message);
        File.WriteAllText(index, "{\"weight_map\":{\"a\":\"../model-1.safetensors\"}}");
        Assert.Contains("outside the folder", Assert.Throws<UserInputException>(() => Checkpoint.Open(_folder)).Message);
    }
}
