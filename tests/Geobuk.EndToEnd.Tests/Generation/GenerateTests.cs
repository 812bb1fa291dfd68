using System.Text.Json.Nodes;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Generation;

/// <summary><c>geobuk generate</c> from the outside.</summary>
public sealed class GenerateTests : RunFixture
{
    [Theory]
    [InlineData("f32")]
    [InlineData("q4_0")]
    public void Generate_WithATypeOfCache_Continues(string cache)
    {
        using var generate = Start("generate", TestPaths.Repository("samples", "ax-pico"), "--prompt", "第1條 (목적) 이 규정은", "--max-tokens", "8", "--kv", cache, "--json");

        Assert.True(generate.Wait() == 0, generate.Error);
        var ids = JsonNode.Parse(generate.Output)!["ids"]!.AsArray();
        Assert.InRange(ids.Count, 1, 8);
    }

    [Fact]
    public void Generate_WithAnUnknownTypeOfCache_NamesThoseThatThereAre()
    {
        using var generate = Start("generate", TestPaths.Repository("samples", "ax-pico"), "--prompt", "이", "--kv", "q5_0");

        Assert.Equal(2, generate.Wait());
        Assert.Contains("q5_0", generate.Error);
        Assert.Contains("q8_0", generate.Error);
    }
}
