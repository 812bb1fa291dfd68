using CsCheck;
using Geobuk.Models.Checkpoints.Gguf;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>The classes of damaged and hostile files known from GGUF loaders, each with the words of its error.</summary>
public sealed class GgufMalformedTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    public static TheoryData<string, byte[], string> Cases()
    {
        var cases = new TheoryData<string, byte[], string>
        {
            { "empty file", [], "truncated" },
            { "magic only", "GGUF"u8.ToArray(), "truncated" },
            { "bad magic", new GgufBytes("FUGG").ToArray(), "letters GGUF" },
            { "version 0", new GgufBytes(version: 0).ToArray(), "GGUF version 0" },
            { "version 1", new GgufBytes(version: 1).ToArray(), "GGUF version 1" },
            { "future version", new GgufBytes(version: 4).ToArray(), "GGUF version 4" },
            { "big-endian", new GgufBytes(version: 0x03000000).ToArray(), "byte-swapped" },
            { "tensor count -1", new GgufBytes(tensors: ulong.MaxValue).ToArray(), "tensor count is 18446744073709551615" },
            { "key count -1", new GgufBytes(keys: ulong.MaxValue).ToArray(), "key count is 18446744073709551615" },
            { "tensor count beyond the file", new GgufBytes(tensors: 1000).ToArray(), "tensor count is 1000" },
        };
        AddKeyCases(cases);
        AddTensorCases(cases);
        AddPlaceCases(cases);
        return cases;
    }

    private static void AddKeyCases(TheoryData<string, byte[], string> cases)
    {
        static GgufBytes One() => new(keys: 1);
        cases.Add("key longer than the file", One().U64(1UL << 60).Raw(new byte[32]).ToArray(), "length of key 0");
        cases.Add("key length as a negative number", One().U64(ulong.MaxValue).Raw(new byte[32]).ToArray(), "length of key 0");
        cases.Add("empty key", One().Key("", 1).ToArray(), "length of key 0 is 0");
        cases.Add("key too long", One().Key(new string('k', 65536), 1).ToArray(), "length of key 0 is 65536");
        cases.Add("key not UTF-8", One().U64(2).Raw(0xC3, 0x28).U32(4).U32(1).ToArray(), "not UTF-8");
        cases.Add("bad value type", One().Text("a").U32(13).U64(0).ToArray(), "value type 13");
        cases.Add("text longer than the file", One().Text("a").U32(8).U64(int.MaxValue).U64(0).ToArray(), "length of value of a");
        cases.Add("truth value 7", One().Text("a").U32(7).Raw(7, 0, 0, 0).ToArray(), "truth value 7");
        cases.Add("array of arrays", One().Text("a").U32(9).U32(9).U64(0).ToArray(), "element type 9");
        cases.Add("array longer than the file", One().Text("a").U32(9).U32(4).U64(1UL << 61).ToArray(), "length of a");
        cases.Add("text array longer than the file", One().Text("a").U32(9).U32(8).U64(1UL << 61).ToArray(), "length of a");
        cases.Add("value cut off", One().Text("abc").U32(12).Raw(0).ToArray(), "ends in abc");
        cases.Add("duplicate key", new GgufBytes(keys: 2).Key("a", 1).Key("a", 2).ToArray(), "key a appears twice");
        cases.Add("alignment 13", One().Key("general.alignment", 13).ToArray(), "general.alignment is 13");
        cases.Add("alignment 0", One().Key("general.alignment", 0).ToArray(), "general.alignment is 0");
        cases.Add("alignment of type Int32", One().Text("general.alignment").U32(5).U32(32).ToArray(), "of type Int32");
    }

    private static void AddTensorCases(TheoryData<string, byte[], string> cases)
    {
        static GgufBytes One() => new(tensors: 1);
        cases.Add("name of 64 bytes", One().Tensor(new string('n', 64), 0, 0, 4).Data(32).ToArray(), "length of name of tensor 0 is 64");
        cases.Add("empty name", One().Tensor("", 0, 0, 4).Data(32).ToArray(), "length of name of tensor 0 is 0");
        cases.Add("no dimensions", One().Tensor("t", 0, 0).Data(64).ToArray(), "0 dimensions");
        cases.Add("five dimensions", One().Tensor("t", 0, 0, 1, 1, 1, 1, 1).Data(32).ToArray(), "5 dimensions");
        cases.Add("4 billion dimensions", One().Text("t").U32(uint.MaxValue).Raw(new byte[64]).ToArray(), "4294967295 dimensions");
        cases.Add("negative dimension", One().Tensor("t", 0, 0, ulong.MaxValue).Data(32).ToArray(), "shape [-1]");
        cases.Add("element count overflows", One().Tensor("t", 0, 0, 1UL << 62, 4).Data(32).ToArray(), "fewer than 2^63 bytes");
        cases.Add("byte count overflows", One().Tensor("t", 0, 0, 1UL << 61).Data(32).ToArray(), "fewer than 2^63 bytes");
        cases.Add("overflow behind a zero", One().Tensor("t", 0, 0, 0, 1UL << 62, 1UL << 62).Data(32).ToArray(), "fewer than 2^63 bytes");
        cases.Add("row of no whole block", One().Tensor("t", 8, 0, 33).Data(64).ToArray(), "a multiple of 32 for Q8_0");
        cases.Add("known type that is not computed", One().Tensor("t", 22, 0, 256).Data(96).ToArray(), "IQ2_S (22)");
        cases.Add("unknown type", One().Tensor("t", 77, 0, 256).Data(96).ToArray(), "unknown (77)");
        cases.Add("removed type", One().Tensor("t", 4, 0, 256).Data(96).ToArray(), "unknown (4)");
        cases.Add("duplicate name", new GgufBytes(tensors: 2).Tensor("t", 0, 0, 4).Tensor("t", 0, 32, 4).Data(64).ToArray(), "tensor t appears twice");
    }

    private static void AddPlaceCases(TheoryData<string, byte[], string> cases)
    {
        static GgufBytes One() => new(tensors: 1);
        cases.Add("offset not aligned", One().Tensor("t", 0, 4, 4).Data(64).ToArray(), "a multiple of the alignment 32");
        cases.Add("offsets of another alignment", new GgufBytes(keys: 1, tensors: 2).Key("general.alignment", 64)
            .Tensor("a", 0, 0, 4).Tensor("b", 0, 32, 4).Data(128, 64).ToArray(), "a multiple of the alignment 64");
        cases.Add("offset beyond the file", One().Tensor("t", 0, 1 << 20, 4).Data(32).ToArray(), "inside the file");
        cases.Add("offset near 2^63", One().Tensor("t", 0, 0x7FFFFFFFFFFFFFE0, 8).Data(32).ToArray(), "inside the file");
        cases.Add("offset above 2^63", One().Tensor("t", 0, 0xFFFFFFFFFFFFFFE0, 8).Data(32).ToArray(), "a multiple of the alignment");
        cases.Add("data not enough", One().Tensor("t", 0, 0, 9).Data(32).ToArray(), "36 bytes at 0 of 32");
        cases.Add("no data at all", One().Tensor("t", 0, 0, 4).ToArray(), "inside the file");
        cases.Add("sum of sizes overflows", new GgufBytes(tensors: 2).Tensor("a", 24, 0, 0x7FFFFFFFFFFFFFC0)
            .Tensor("b", 24, 0x7FFFFFFFFFFFFFC0, 0x7FFFFFFFFFFFFFC0).Data(64).ToArray(), "I8 (24)");
        cases.Add("sum of sizes overflows in F16", new GgufBytes(tensors: 2).Tensor("a", 1, 0, 0x3FFFFFFFFFFFFFE0)
            .Tensor("b", 1, 0x7FFFFFFFFFFFFFC0, 0x3FFFFFFFFFFFFFE0).Data(64).ToArray(), "inside the file");
        cases.Add("overlap", new GgufBytes(tensors: 2).Tensor("a", 0, 0, 16).Tensor("b", 0, 32, 8).Data(64).ToArray(), "a and b overlap");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Open_DamagedFile_NamesFileAndFault(string name, byte[] bytes, string words)
    {
        File.WriteAllBytes(_path, bytes);
        Assert.NotEmpty(name);
        Refusal.Expect(_path, words, () => GgufFile.Open(_path));
    }

    /// <summary>The rest of these files is a hole of zeros, so that the claim itself is within the file.</summary>
    public static TheoryData<string, byte[], long, string> LargeCases => new()
    {
        { "key of a gigabyte", new GgufBytes(keys: 1).U64(1 << 30).ToArray(), 1L << 31, "length of key 0 is 1073741824" },
        { "name of a gigabyte", new GgufBytes(tensors: 1).U64(1 << 30).ToArray(), 1L << 31, "length of name of tensor 0 is 1073741824" },
        { "text of a gigabyte", new GgufBytes(keys: 1).Text("a").U32(8).U64(1 << 30).ToArray(), 1L << 31, "more than 536870912 bytes of memory at value of a" },
        { "a billion numbers", new GgufBytes(keys: 1).Text("a").U32(9).U32(4).U64(1 << 30).ToArray(), 1L << 33, "more than 536870912 bytes of memory at a" },
        { "a hundred million texts, the first too long", new GgufBytes(keys: 1).Text("a").U32(9).U32(8).U64(100_000_000).U64(1UL << 62).ToArray(), 1L << 30, "length of a[0] is 4611686018427387904" },
        { "a hundred million truth values", new GgufBytes(keys: 1).Text("a").U32(9).U32(7).U64(600_000_000).ToArray(), 1L << 30, "bytes of memory at a" },
        { "ten million keys", new GgufBytes(keys: 10_000_000).ToArray(), 1L << 30, "length of key 0 is 0" },
        { "ten million tensors", new GgufBytes(tensors: 10_000_000).ToArray(), 1L << 30, "length of name of tensor 0 is 0" },
    };

    [SkippableTheory]
    [MemberData(nameof(LargeCases))]
    public void Open_LargeFileWithALargeClaim_IsRefusedBeforeMemoryIsTaken(string name, byte[] head, long length, string words)
    {
        Skip.If(OperatingSystem.IsWindows(), "files have no holes there");
        using (var file = File.Create(_path))
        {
            file.Write(head);
            file.SetLength(length);
        }
        Assert.NotEmpty(name);
        Refusal.Expect(_path, words, () => GgufFile.Open(_path));
    }

    [Fact]
    public void Open_MissingFile_NamesPath() =>
        Assert.Contains("/nowhere/a.gguf: no such file", Assert.Throws<UserInputException>(() => GgufFile.Open("/nowhere/a.gguf")).Message);

    [Fact]
    public void Open_AnyTruncationOfAValidFile_NeverReadsBeyondIt()
    {
        var whole = Valid();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(_path, whole[..length]);
            Assert.Throws<UserInputException>(() => GgufFile.Open(_path));
        }
    }

    [Fact]
    public void Open_AnyBytesChanged_OpensWithTensorsInsideOrReportsFault()
    {
        var whole = Valid();
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var bytes = (byte[])whole.Clone();
            foreach (var (position, value) in changes) bytes[position] = value;
            var path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, bytes);
                using var file = GgufFile.Open(path);
                return file.Tensors.All(tensor => tensor.Bytes >= 0 && tensor.Offset + tensor.Bytes <= file.Length);
            }
            catch (UserInputException)
            {
                return true;
            }
            finally
            {
                File.Delete(path);
            }
        }, iter: 500, threads: 1);
    }

    private static byte[] Valid() => new GgufBytes(keys: 3, tensors: 2)
        .Key("a", 1).Text("b").U32(9).U32(8).U64(2).Text("가").Text("x").Text("c").U32(8).Text("값")
        .Tensor("t", 0, 0, 4, 2).Tensor("u", 1, 32, 16).Data(64).ToArray();
}
