using Geobuk.Compute.Engines;
using Geobuk.Models;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>An ordinary folder stands in for the kernel's tree where it cannot be written; where it can, the last tests use it.</summary>
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

    [SkippableFact]
    public void Kill_OfAWorkerWhoseChildLeftItsSession_EndsTheChild()
    {
        var groups = new ControlGroups(new Dictionary<string, string>());
        Skip.If(groups.Folder is null, groups.Confinement);
        var engine = new ProcessEngine(Path.Combine(_folder, "jobs"), () => { }, groups);
        var child = Path.Combine(_folder, "child");
        var job = new EngineJob(7, 1, ["sh", "-c", $"setsid sh -c 'echo $$ > {child}; exec sleep 300' & sleep 300"], null, 1, 1, [new("n", 1)], [[0]]);
        engine.Start(job);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(child) && File.ReadAllText(child).EndsWith('\n'), TimeSpan.FromSeconds(30)));
        var escaped = $"/proc/{File.ReadAllText(child).Trim()}/cmdline";
        Assert.True(File.Exists(escaped));

        engine.Kill(job);

        // A zombie has no command line any more.
        Assert.True(SpinWait.SpinUntil(() => !IsAlive(escaped), TimeSpan.FromSeconds(30)));
    }

    [SkippableFact]
    public void Worker_ThatTakesMoreMemoryThanItsGroupMay_IsEnded()
    {
        var groups = new ControlGroups(new Dictionary<string, string> { ["memory_gib_per_device"] = "0.125" });
        Skip.IfNot(groups.Confinement == "a control group, at most 0.125 GiB of memory per device", groups.Confinement);
        var engine = new ProcessEngine(Path.Combine(_folder, "jobs"), () => { }, groups);
        var job = new EngineJob(7, 1, ["sh", "-c", "head -c 300000000 /dev/zero | tail | wc -c"], null, 1, 1, [new("n", 1)], [[0]]);

        engine.Start(job);

        Assert.True(SpinWait.SpinUntil(() => engine.Status(job).State == EngineState.Exited, TimeSpan.FromSeconds(60)));
        Assert.DoesNotContain("300000000", File.ReadAllText(Path.Combine(_folder, "jobs", "7", "log")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Make_WithCores_TheKernelHasTheBound()
    {
        var groups = new ControlGroups(new Dictionary<string, string> { ["cores_per_device"] = "0.5" });
        Skip.IfNot(groups.Confinement == "a control group, at most 0.5 cores per device", groups.Confinement);

        var group = groups.Make("bound", 3)!;

        Assert.Equal("150000 100000", File.ReadAllText(Path.Combine(group, "cpu.max")).Trim());
        groups.Sweep(group);
        Assert.False(Directory.Exists(group));
    }

    /// <summary>A group is empty before its worker has entered it: the end of another must not take it away.</summary>
    [Fact]
    public void Sweep_OfOne_LeavesOthersThatAreEmpty_AndComesBackToWhatWasNot()
    {
        var groups = new ControlGroups(new Dictionary<string, string>(), Tree);
        var (ended, made, last) = (groups.Make("1", 1)!, groups.Make("2", 1)!, groups.Make("3", 1)!);
        File.WriteAllText(Path.Combine(ended, "runs"), "");

        groups.Sweep(ended);
        Assert.True(Directory.Exists(ended) && Directory.Exists(made));
        File.Delete(Path.Combine(ended, "runs"));
        groups.Sweep(last);

        Assert.Equal((false, true, false), (Directory.Exists(ended), Directory.Exists(made), Directory.Exists(last)));
    }

    private static bool IsAlive(string commandLine)
    {
        try
        {
            return File.ReadAllText(commandLine).Length > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string At(string path) => Path.Combine(Tree, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
