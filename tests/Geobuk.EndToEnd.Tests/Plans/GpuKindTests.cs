using Geobuk.Cli.Plans;
using Geobuk.Models;

namespace Geobuk.EndToEnd.Tests.Plans;

public class GpuKindTests
{
    [Theory]
    [InlineData("h200", 1, 141e9, 989e12)]
    [InlineData("H200x8", 8, 141e9, 989e12)]
    [InlineData("a100-40 x2", 2, 40e9, 312e12)]
    [InlineData("rtx4090", 1, 24e9, 165e12)]
    [InlineData("96GB:400TF:1.6TB/s", 1, 96e9, 400e12)]
    [InlineData("96GB:400TF:1.6TB/s x4", 4, 96e9, 400e12)]
    public void Parse_Description_IsRead(string text, int count, double memory, double flops)
    {
        var gpu = GpuKind.Parse(text);

        Assert.Equal((count, memory, flops), (gpu.Count, gpu.MemoryBytes, gpu.Flops));
    }

    [Theory]
    [InlineData("h201", "Did you mean h200?")]
    [InlineData("h200x0", "expected 1 to 4096")]
    [InlineData("h200x99999", "expected 1 to 4096")]
    [InlineData("", "expected one of l4, a10")]
    [InlineData("96GB:400TF", "expected one of")]
    [InlineData("-1GB:400TF:1TB/s", "expected one of")]
    public void Parse_Nonsense_NamesWhatThereIs(string text, string expected)
    {
        var error = Assert.Throws<UserInputException>(() => GpuKind.Parse(text));

        Assert.StartsWith("--gpu: ", error.Message);
        Assert.Contains(expected, error.Message);
    }
}
