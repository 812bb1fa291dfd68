using System.Buffers.Binary;
using System.Text;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>The classes of damaged and hostile safetensors files and indexes, each with the words of its error.</summary>
public sealed class SafetensorsMalformedTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-손상-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File0 => Path.Combine(_folder, "model.safetensors");

    private string Index => Path.Combine(_folder, "model.safetensors.index.json");

    private static string Tensor(string name, string type, string shape, string offsets) =>
        $"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":{shape},\"data_offsets\":{offsets}}}";

    public static TheoryData<string, int, string> Headers() => new()
    {
        { "", 0, "not JSON" },
        { "[1]", 0, "not a JSON object" },
        { "{\"a\":", 0, "not JSON" },
        { "{}{}", 0, "not JSON" },
        { "{} polyglot", 0, "not JSON" },
        { "{\"a\":" + new string('[', 100) + new string(']', 100) + "}", 0, "not JSON" },
        { "{" + Tensor("a\\ud800", "U8", "[1]", "[0,1]") + "}", 1, "not JSON" },
        { "{\"a\":7}", 0, "tensor a described as 7" },
        { "{\"a\":null}", 0, "tensor a described as null" },
        { "{\"a\":{\"dtype\":\"F32\"}}", 0, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[2]", "[0]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[2]", "[0,8,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[2]", "[0.5,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[\"2\"]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[[2]]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[-2]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[1e2]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[99999999999999999999]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[4611686018427387904,4]", "[0,8]") + "}", 8, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[0,4611686018427387904,4611686018427387904]", "[0,0]") + "}", 0, "tensor a described as" },
        { "{" + Tensor("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", 4, "at most 8 sizes" },
        { "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "tensor a described as" },
        { "{" + Tensor("a", "C64", "[1]", "[0,8]") + "}", 8, "of type C64" },
        { "{" + Tensor("a", "99", "[8]", "[0,8]") + "}", 8, "of type 99" },
        { "{" + Tensor("a", "0", "[2]", "[0,8]") + "}", 8, "of type 0" },
        { "{" + Tensor("a", "F32, F16", "[2]", "[0,8]") + "}", 8, "of type F32, F16" },
        { "{" + Tensor("a", "f32", "[2]", "[0,8]") + "}", 8, "of type f32" },
        { "{" + Tensor("a", "F32", "[2]", "[0,8]") + "}", 7, "tensor a at bytes 0 to 8 of 7" },
        { "{" + Tensor("a", "F32", "[2]", "[8,0]") + "}", 8, "tensor a at bytes 8 to 0 of 8" },
        { "{" + Tensor("a", "F32", "[2]", "[-8,0]") + "}", 8, "tensor a at bytes -8 to 0 of 8" },
        { "{" + Tensor("a", "U8", "[2]", "[9223372036854775805,9223372036854775807]") + "}", 8, "a range inside the file" },
        { "{" + Tensor("a", "F32", "[3]", "[0,8]") + "}", 8, "shape [3] F32 in 8 bytes" },
        { "{" + Tensor("a", "U8", "[2]", "[0,2]") + "," + Tensor("a", "U8", "[2]", "[0,2]") + "}", 2, "tensor a twice" },
        { "{" + Tensor("a", "U8", "[2]", "[0,2]") + "," + Tensor("b", "U8", "[2]", "[1,3]") + "}", 3, "tensor b at byte" },
        { "{" + Tensor("a", "U8", "[2]", "[0,2]") + "," + Tensor("b", "U8", "[2]", "[0,2]") + "}", 2, "right after the tensor before it" },
        { "{" + Tensor("a", "U8", "[2]", "[0,2]") + "," + Tensor("b", "U8", "[2]", "[3,5]") + "}", 5, "tensor b at byte" },
        { "{" + Tensor("a", "U8", "[2]", "[2,4]") + "}", 4, "tensor a at byte" },
        { "{" + Tensor("a", "U8", "[2]", "[0,2]") + "}", 5, "3 bytes after the last tensor" },
        { "{}", 1, "1 bytes after the last tensor" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__ given as {\"a\":1}" },
        { "{\"__metadata__\":[]}", 0, "__metadata__ given as []" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__ twice" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Open_WrongHeader_NamesFileAndFault(string header, int dataBytes, string words)
    {
        Write(Encoding.UTF8.GetBytes(header), dataBytes);
        Refusal.Expect(File0, words, () => SafetensorsFile.Open(File0));
    }

    [Theory]
    [InlineData(new byte[0], "0 bytes")]
    [InlineData(new byte[] { 1, 2, 3 }, "3 bytes")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 0 }, "a header of 18446744073709551615 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 128, 0 }, "a header of 9223372036854775808 bytes")]
    [InlineData(new byte[] { 100, 0, 0, 0, 0, 0, 0, 0, 0 }, "a header of 100 bytes in a file of 9")]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'"', 0xC3, 0x28, (byte)'"', (byte)':', (byte)'7', (byte)'}', (byte)' ' }, "not UTF-8")]
    public void Open_WrongBytes_NamesFileAndFault(byte[] bytes, string words)
    {
        File.WriteAllBytes(File0, bytes);
        Refusal.Expect(File0, words, () => SafetensorsFile.Open(File0));
    }

    [SkippableFact]
    public void Open_HeaderAboveTheCap_IsRefused()
    {
        Skip.If(OperatingSystem.IsWindows(), "files have no holes there");
        using (var file = File.Create(File0))
        {
            file.Write(BitConverter.GetBytes(100_000_001L));
            file.SetLength(200_000_000);
        }
        Refusal.Expect(File0, "a header of 100000001 bytes", () => SafetensorsFile.Open(File0));
    }

    [Fact]
    public void Open_MoreEntriesThanAnyModel_IsRefusedBeforeOneIsMade()
    {
        Write(Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 300_000).Select(i => $"\"{i}\":0")) + "}"), 0);
        Refusal.Expect(File0, "more than 262144 tensors", () => SafetensorsFile.Open(File0));
    }

    [Fact]
    public void Open_AHundredThousandEmptyTensors_AreRead()
    {
        Write(Encoding.UTF8.GetBytes("{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => Tensor($"t{i}", "U8", "[0]", "[0,0]"))) + "}   "), 0);
        using var file = SafetensorsFile.Open(File0);
        Assert.Equal(100_000, file.Tensors.Count);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"x.safetensors"}""", "not valid JSON")]
    [InlineData("""[]""", "not valid JSON")]
    [InlineData("""{}""", "weight_map is missing or empty")]
    [InlineData("""{"weight_map":[]}""", "weight_map is missing or empty")]
    [InlineData("""{"weight_map":{"a":null}}""", "weight_map of a is null")]
    [InlineData("""{"weight_map":{"a":["x"]}}""", "weight_map of a is [\"x\"]")]
    [InlineData("""{"weight_map":{"a":"x","a":"x"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a\ud800":"x"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":{"a":""}}""", "outside the folder")]
    [InlineData("""{"weight_map":{"a":".."}}""", "outside the folder")]
    [InlineData("""{"weight_map":{"a":"../x.safetensors"}}""", "outside the folder")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "outside the folder")]
    public void OpenFolder_WrongIndex_NamesFileAndFault(string json, string words)
    {
        File.WriteAllText(Index, json);
        Refusal.Expect(Index, words, () => Checkpoint.Open(_folder));
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "no such file")]
    [InlineData("""{"weight_map":{"a":"absent\u0000.safetensors"}}""", "no such file")]
    public void OpenFolder_MissingShard_NamesIt(string json, string words)
    {
        File.WriteAllText(Index, json);
        Refusal.Expect(Path.Combine(_folder, json.Contains("u0000") ? "absent\0.safetensors" : "absent.safetensors"), words, () => Checkpoint.Open(_folder));
    }

    [Fact]
    public void OpenFolder_DeepIndex_IsRefused()
    {
        File.WriteAllText(Index, "{\"weight_map\":" + new string('[', 1_000_000));
        Refusal.Expect(Index, "not valid JSON", () => Checkpoint.Open(_folder));
    }

    private void Write(byte[] json, int dataBytes)
    {
        var bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(File0, bytes);
    }
}
