using Geobuk.Models.Checkpoints.Gguf;
using Geobuk.Models.Quantization;
using Geobuk.Models.Tests.Malformed;

namespace Geobuk.Models.Tests.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Target => Path.Combine(_folder, "m.gguf");

    private GgufFile Written(params (string Key, GgufValue Value)[] metadata)
    {
        using (var writer = GgufWriter.Create(Target, metadata.Select(entry => KeyValuePair.Create(entry.Key, entry.Value)), []))
            writer.Complete();
        return GgufFile.Open(Target);
    }

    [Fact]
    public void Open_EveryScalarType_ReadsWhatWasWritten()
    {
        var values = new object[] { (byte)200, (sbyte)-7, (ushort)60000, (short)-300, 4000000000u, -5, 1.5f, true, "육군 陸軍 ﾊﾝｶｸ", ulong.MaxValue, long.MinValue, Math.PI };
        using var file = Written([.. values.Select((value, i) => ($"k.{i}", GgufValueOf(value)))]);
        for (var i = 0; i < values.Length; i++) Assert.Equal(values[i], file.Metadata[$"k.{i}"].Content);
    }

    [Fact]
    public void Open_EveryArrayType_ReadsWhatWasWritten()
    {
        using var file = Written(
            ("u8", GgufValue.ArrayOf<byte>([1, 255])), ("i8", GgufValue.ArrayOf<sbyte>([-1, 2])), ("u16", GgufValue.ArrayOf<ushort>([65535])),
            ("i16", GgufValue.ArrayOf<short>([-2])), ("u32", GgufValue.ArrayOf<uint>([7, 8])), ("i32", GgufValue.ArrayOf([-3, 4])),
            ("f32", GgufValue.ArrayOf([1f, float.NaN])), ("bool", GgufValue.ArrayOf([true, false])), ("text", GgufValue.ArrayOf(["", "조항", "a\0b"])),
            ("u64", GgufValue.ArrayOf<ulong>([ulong.MaxValue])), ("i64", GgufValue.ArrayOf<long>([long.MinValue])), ("f64", GgufValue.ArrayOf([0.1])), ("none", GgufValue.ArrayOf<int>([])));
        Assert.Equal(["", "조항", "a\0b"], file.GetStrings("text"));
        Assert.Equal([7, 8], file.GetInts("u32"));
        Assert.Equal([-3, 4], file.GetInts("i32"));
        Assert.Empty(file.GetInts("none"));
        Assert.Equal(new byte[] { 1, 255 }, file.Metadata["u8"].Content);
        Assert.Equal(new[] { true, false }, file.Metadata["bool"].Content);
        Assert.Equal([1f, float.NaN], file.Metadata["f32"].AsSingles()!);
        Assert.Null(file.Metadata["u64"].AsIntegers());
        Assert.Null(file.Metadata["text"].AsIntegers());
    }

    [Fact]
    public void Getters_WrongOrMissingKey_SayFileKeyAndType()
    {
        using var file = Written(("n", GgufValue.Of(3u)), ("s", GgufValue.Of("셋")), ("big", GgufValue.Of(ulong.MaxValue)));
        Assert.Equal(3, file.GetInt("n"));
        Assert.Equal(3.0, file.GetNumber("n"));
        Assert.Null(file.TryGetInt("absent"));
        Assert.Contains("absent is missing; expected an integer", Assert.Throws<UserInputException>(() => file.GetInt("absent")).Message);
        Assert.Contains("s is 셋 of type Text; expected an integer", Assert.Throws<UserInputException>(() => file.GetInt("s")).Message);
        Assert.Contains("n is 3 of type UInt32; expected a text", Assert.Throws<UserInputException>(() => file.GetString("n")).Message);
        Assert.Contains("big is 18446744073709551615", Assert.Throws<UserInputException>(() => file.GetInt("big")).Message);
    }

    [Fact]
    public void Open_Version2_ReadsLikeVersion3()
    {
        File.WriteAllBytes(Target, new GgufBytes(version: 2, keys: 1).Key("a", 5).ToArray());
        using var file = GgufFile.Open(Target);
        Assert.Equal((2, 5), (file.Version, file.GetInt("a")));
    }

    [Fact]
    public void Open_OwnAlignment_PlacesDataByIt()
    {
        File.WriteAllBytes(Target, new GgufBytes(keys: 1, tensors: 2).Key("general.alignment", 64)
            .Tensor("a", 0, 0, 2).Tensor("b", 0, 64, 1).Data(60, 64).Raw(0, 0, 0, 0).Raw(0, 0, 128, 63).ToArray());
        using var file = GgufFile.Open(Target);
        Assert.Equal(0, file.Find("b").Offset % 64);
        Assert.Equal(1f, BitConverter.ToSingle(file.Data(file.Find("b"))));
    }

    [Fact]
    public void Open_ZeroDimension_IsAnEmptyTensor()
    {
        File.WriteAllBytes(Target, new GgufBytes(tensors: 1).Tensor("a", 0, 0, 4, 0).Data(0).ToArray());
        using var file = GgufFile.Open(Target);
        Assert.Equal(0, file.Find("a").Bytes);
        Assert.True(file.Data(file.Find("a")).IsEmpty);
    }

    [Fact]
    public void Find_AbsentTensor_NamesIt()
    {
        using var file = Written();
        Assert.Contains("tensor blk.0.attn_q.weight is missing", Assert.Throws<UserInputException>(() => file.Find("blk.0.attn_q.weight")).Message);
    }

    [Fact]
    public unsafe void Writer_TensorsOutOfOrderAndInPieces_ReadBackAligned()
    {
        GgufTensorToWrite[] tensors = [new("a", GgmlType.F16, [3, 5]), new("b", GgmlType.F32, [7])];
        using (var writer = GgufWriter.Create(Target, [KeyValuePair.Create("general.architecture", GgufValue.Of("llama"))], tensors))
        {
            writer.Write(1, 0, Enumerable.Range(0, 28).Select(i => (byte)i).ToArray());
            writer.Write(0, 10, Enumerable.Repeat((byte)2, 20).ToArray());
            writer.Write(0, 0, Enumerable.Repeat((byte)1, 10).ToArray());
            writer.Complete();
            Assert.Equal(writer.FileBytes, new FileInfo(Target).Length);
        }
        using var file = GgufFile.Open(Target);
        var (a, b) = (file.Find("a"), file.Find("b"));
        Assert.Equal((3L, 5L, 30L), (a.RowLength, a.Rows, a.Bytes));
        Assert.All(file.Tensors, tensor => Assert.Equal(0, tensor.Offset % 32));
        Assert.Equal([.. Enumerable.Repeat((byte)1, 10), .. Enumerable.Repeat((byte)2, 20)], file.Data(a).ToArray());
        Assert.Equal(27, file.Pointer(b)[27]);
        Assert.Equal([Target], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Writer_NotCompleted_LeavesNothing()
    {
        GgufTensorToWrite[] tensors = [new("a", GgmlType.F32, [2])];
        using (var writer = GgufWriter.Create(Target, [], tensors))
            Assert.Throws<InvalidOperationException>(writer.Complete);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Writer_MoreBytesThanTheDiskHas_SaysPlaceAndBytesAndLeavesNothing()
    {
        GgufTensorToWrite[] tensors = [new("a", GgmlType.F32, [1L << 58])];
        var fault = Assert.Throws<UserInputException>(() => GgufWriter.Create(Target, [], tensors));
        Assert.StartsWith($"{Target}: ", fault.Message);
        Assert.Contains($"expected room for {(1L << 60) + 64} bytes", fault.Message);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Writer_FolderAbsent_SaysPlace() =>
        Assert.Contains("absent", Assert.Throws<UserInputException>(() => GgufWriter.Create(Path.Combine(_folder, "absent", "m.gguf"), [], [])).Message);

    [Theory]
    [InlineData("a", "a", 4)]
    [InlineData("a", "", 4)]
    public void Writer_BadNames_AreRefused(string first, string second, long size) =>
        Assert.Throws<ArgumentException>(() => GgufWriter.Create(Target, [], [new(first, GgmlType.F32, [size]), new(second, GgmlType.F32, [size])]));

    private static GgufValue GgufValueOf(object value) => value switch
    {
        uint number => GgufValue.Of(number),
        int number => GgufValue.Of(number),
        ulong number => GgufValue.Of(number),
        float number => GgufValue.Of(number),
        bool truth => GgufValue.Of(truth),
        string text => GgufValue.Of(text),
        byte number => GgufValue.Of(number),
        sbyte number => GgufValue.Of(number),
        ushort number => GgufValue.Of(number),
        short number => GgufValue.Of(number),
        long number => GgufValue.Of(number),
        double number => GgufValue.Of(number),
        _ => throw new ArgumentException("no such scalar", nameof(value)),
    };
}
