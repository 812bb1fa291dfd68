using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>geobuk adapter, where it refuses: nothing is written, and nothing that is read is overwritten.</summary>
public sealed class AdapterCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 어댑터 ").FullName;

    public AdapterCommandTests() => Directory.CreateDirectory(Path.Combine(_folder, "가"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("가:절반", "out", "--adapter 가:절반: the weight is 절반; expected a number, such as 0.5.")]
    [InlineData("가:0.5", "가/", "--out 가/: is 가 itself, which is read; expected another folder.")]
    [InlineData("가", "out", "adapter_config.json: no such file; expected an adapter folder as PEFT writes it.")]
    public void Merge_WrongInput_IsRefusedWithItsPlace(string adapter, string target, string expected)
    {
        using var merge = CommandLine.Real(_folder, "adapter", "merge", TestPaths.Repository("samples", "ax-pico"), "--adapter", adapter, "--out", target);
        Assert.Equal(2, merge.Wait());
        Assert.Contains(expected, merge.Error);
        Assert.Equal(["가"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }
}
