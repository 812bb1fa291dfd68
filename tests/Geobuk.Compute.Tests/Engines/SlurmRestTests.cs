using System.Text.Json.Nodes;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Service;
using Geobuk.Models;
using Geobuk.Tests;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>The same Slurm by its REST interface alone: slurmrestd and a token.</summary>
public sealed class SlurmRestTests(SlurmCluster cluster) : EngineConformance, IClassFixture<SlurmCluster>
{
    private static SlurmJob Job { get; } = new("geobuk-1-1", ["n1", "n2"], 4, "gpu:h200:8", "main", "/work", "/log", "#!/bin/sh\ntrue\n");

    protected override ComputeConfig Config => SlurmEngineTests.TwoNodes;

    protected override IComputeEngine Engine(string root)
    {
        Skip.If(cluster.Rest is null, "slurmrestd is not installed here");
        return new SlurmEngine(root, new Dictionary<string, string> { ["rest"] = cluster.Rest!, ["token_file"] = cluster.Token, ["kind"] = "h200" });
    }

    [SkippableFact]
    public void AWrongToken_IsToldAsSuch()
    {
        Skip.If(cluster.Rest is null, "slurmrestd is not installed here");
        var file = Path.Combine(Directory.CreateTempSubdirectory("geobuk-token").FullName, "token");
        File.WriteAllText(file, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3OTU3MDEyNDcsInN1biI6InJvb3QifQ.AAAA");

        Assert.Contains("token", Assert.Throws<IOException>(() => new SlurmRest(cluster.Rest!, "root", file)).Message, StringComparison.Ordinal);

        File.WriteAllText(file, "SLURM_JWT=\n");
        Assert.Contains("scontrol token", Assert.Throws<UserInputException>(() => new SlurmRest(cluster.Rest!, "root", file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("login:6820")]
    [InlineData("")]
    [InlineData("ftp://login")]
    public void AnAddressThatIsNone_IsRefused(string address) =>
        Assert.Contains("http://login:6820", Assert.Throws<UserInputException>(() => new SlurmRest(address, "root", null)).Message, StringComparison.Ordinal);

    [Fact]
    public void TheNewestVersionThatIsOffered_IsSpoken()
    {
        Assert.Equal(38, SlurmRest.Newest(["/slurm/v0.0.36/job/submit", "/slurm/v0.0.38/job/submit", "/slurm/v0.0.37/job/submit", "/slurm/v0.0.40/jobs", "/slurmdb/v0.0.45/jobs"]));
        Assert.Equal(42, SlurmRest.Newest(["/slurm/v0.0.40/job/submit", "/slurm/v0.0.42/job/submit/"]));
        Assert.Null(SlurmRest.Newest(["/slurm/v0.0.37/job/submit"]));
        Assert.Null(SlurmRest.Newest([]));
    }

    [Fact]
    public void AJob_IsSaidInTheWordsOfTheVersion()
    {
        var (old, first, later) = (SlurmRest.Body(Job, 38), SlurmRest.Body(Job, 39), SlurmRest.Body(Job, 42));

        Assert.Equal(("#!/bin/sh\ntrue\n", "n1,n2", "gpu:h200:8"), ((string?)old["script"], (string?)old["job"]!["nodelist"], (string?)old["job"]!["gres"]));
        Assert.IsType<JsonObject>(old["job"]!["environment"]);
        Assert.Equal("gres:gpu:h200:8", (string?)first["job"]!["tres_per_node"]);
        Assert.Equal(("#!/bin/sh\ntrue\n", "gres/gpu:h200:8"), ((string?)later["job"]!["script"], (string?)later["job"]!["tres_per_node"]));
        Assert.Equal(["n1", "n2"], later["job"]!["required_nodes"]!.AsArray().Select(node => (string?)node));
        Assert.All(later["job"]!["environment"]!.AsArray(), variable => Assert.Contains('=', (string)variable!));
    }
}
