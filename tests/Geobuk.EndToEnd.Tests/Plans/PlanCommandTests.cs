using System.Text.Json.Nodes;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Plans;

/// <summary><c>geobuk plan</c> from the outside.</summary>
public sealed class PlanCommandTests : RunFixture
{
    [Fact]
    public void Plan_ConfigAlone_SaysWhatAMixtureNeedsOnGpus()
    {
        Directory.CreateDirectory(At("k1"));
        File.Copy(TestPaths.Repository("tests", "Shared", "shapes", "ax-k1.json"), At("k1/config.json"));
        using var plan = Start("plan", "recipe.yaml", "--set", "base.model=k1", "--gpu", "h200x8", "--json");

        Assert.True(plan.Wait() == 0, plan.Error);
        var result = JsonNode.Parse(plan.Output)!;

        Assert.Equal("base corpus train compress report", string.Join(' ', result["steps"]!.AsArray().Select(step => (string)step!["name"]!)));
        Assert.Equal(518_983_063_808, (long)result["parameters"]!);
        Assert.False((bool)result["fits"]!);
        Assert.All(result["steps"]!.AsArray(), step => Assert.All(["seconds", "peak_rss_bytes", "gpu_bytes", "disk_bytes", "tokens"], key => Assert.True((double)step![key]! >= 0)));
        Assert.InRange((double)result["steps"]![2]!["gpu_bytes"]!, 12 * 518e9, 20 * 518e9);
        Assert.Contains("No setting fits", (string)result["problems"]!.AsArray().Single(problem => (string)problem!["resource"]! == "gpu memory")!["remedy"]!);
    }
    [Fact]
    public void Plan_WorkersOnGpus_SaysHowManyAreUsed()
    {
        Directory.CreateDirectory(At("light"));
        File.Copy(TestPaths.Repository("tests", "Shared", "shapes", "ax-3.1-light.json"), At("light/config.json"));
        using var plan = Start("plan", "recipe.yaml", "--set", "base.model=light", "--set", "train.workers=4", "--set", "train.gradient_accumulation=4", "--gpu", "h200x8");

        Assert.True(plan.Wait() == 0, plan.Error);
        Assert.Contains("the training runs on 4 of the 8 h200", plan.Output, StringComparison.Ordinal);
    }
}
