using Geobuk.Compute.Engines;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>An ordinary folder stands in for the kernel's tree, which few test machines let anybody write.</summary>
public sealed class ControlGroupsTests : IDisposable
{
    private static readonly Dictionary<string, string> Bounds = new() { ["memory_gib_per_device"] = "1.5", ["cores_per_device"] = "2" };

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-groups").FullName;

    public ControlGroupsTests()
    {
        Directory.CreateDirectory(Tree);
        File.WriteAllText(At("cgroup.subtree_control"), "\n");
        File.WriteAllText(At("cgroup.procs"), "1\n2\n");
    }

    private string Tree => Path.Combine(_folder, "tree");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Make_InAWritableTree_AsksForBoundsByDevices()
    {
        var groups = new ControlGroups(Bounds, Tree);
        Assert.Equal("+memory +cpu", File.ReadAllText(At("cgroup.subtree_control")));
        // The kernel would fill a new group with its files.
        foreach (var file in new[] { "memory.max", "cpu.max" }) Write($"geobuk-7-1-0/{file}", "max");

        Assert.Equal(At("geobuk-7-1-0"), groups.Make("7-1-0", 3));
        Assert.Equal($"{3 * 3L << 29}", File.ReadAllText(At("geobuk-7-1-0/memory.max")));
        Assert.Equal("600000 100000", File.ReadAllText(At("geobuk-7-1-0/cpu.max")));
        Assert.Equal("a control group, at most 1.5 GiB of memory per device, at most 2 cores per device", groups.Confinement);
    }

    [Fact]
    public void Open_ServiceAloneInItsGroup_MovesItselfSoThatItsJobsCanBeBounded()
    {
        File.WriteAllText(At("cgroup.procs"), $"{Environment.ProcessId}\n");

        Assert.NotNull(new ControlGroups(Bounds, Tree).Folder);

        Assert.Equal($"{Environment.ProcessId}", File.ReadAllText(At("geobuk-service/cgroup.procs")));
    }

    [Fact]
    public void Open_WithoutATreeOrBounds_SaysSoAndJobsStillRun()
    {
        var absent = new ControlGroups(Bounds, "/proc/geobuk");
        Assert.Null(absent.Make("7-1-0", 1));
        Assert.Equal("no control group (/proc/geobuk may not be written): no bounds, and what leaves its session is not ended with the job", absent.Confinement);

        File.Delete(At("cgroup.subtree_control"));
        Assert.StartsWith($"a control group without the bounds asked for ({Tree}: ", new ControlGroups(Bounds, Tree).Confinement, StringComparison.Ordinal);
        Assert.Equal("a control group", new ControlGroups(new Dictionary<string, string>(), Tree).Confinement);
    }

    [Fact]
    public void Worker_EntersItsGroupAndEndsAllThatIsLeftInIt()
    {
        var engine = new ProcessEngine(Path.Combine(_folder, "jobs"), () => { }, new ControlGroups(new Dictionary<string, string>(), Tree));
        var job = new EngineJob(7, 1, ["sh", "-c", "exit 4"], null, 1, 1, [new("n", 1)], [[0]]);

        engine.Start(job);
        Assert.True(SpinWait.SpinUntil(() => engine.Status(job).State == EngineState.Exited, TimeSpan.FromSeconds(30)));

        Assert.Equal(4, engine.Status(job).ExitCode);
        var group = Assert.Single(Directory.GetDirectories(Tree, "geobuk-*-7-1-0"));
        Assert.Equal(File.ReadAllText(Path.Combine(_folder, "jobs", "7", "1.0", "pid")), File.ReadAllText(Path.Combine(group, "cgroup.procs")));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(Path.Combine(group, "cgroup.kill")), TimeSpan.FromSeconds(30)));

        File.Delete(Path.Combine(group, "cgroup.kill"));
        engine.Kill(job);
        Assert.Equal("1", File.ReadAllText(Path.Combine(group, "cgroup.kill")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("1e300")]
    [InlineData("much")]
    public void Settings_ThatAreNoNumberAboveZero_AreRefused(string text)
    {
        var fault = Assert.Throws<UserInputException>(() => new ControlGroups(new Dictionary<string, string> { ["cores_per_device"] = text }, Tree));

        Assert.StartsWith($"engine_settings.cores_per_device: {text}; expected a number of more than 0.", fault.Message, StringComparison.Ordinal);
    }

    private string At(string path) => Path.Combine(Tree, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
