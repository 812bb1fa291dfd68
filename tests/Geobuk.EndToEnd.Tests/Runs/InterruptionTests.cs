using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>Kills, signals and faults: nothing half-written looks whole, and the same command continues.</summary>
public sealed class InterruptionTests : RunFixture
{
    [Fact]
    public void Run_KilledAtRandomMoments_EndsWithTheSameArtifacts()
    {
        Run("--runs", "undisturbed");
        var random = new Random(20261123);
        for (var i = 0; i < 10; i++)
        {
            using var run = Start("run", "recipe.yaml");
            Thread.Sleep(random.Next(100, 900));
            run.Process.Kill();
            run.Wait();
        }

        Run();

        Assert.Equal(Artifacts("undisturbed"), Artifacts());
    }

    [Fact]
    public void Run_KilledInTraining_ContinuesFromTheCheckpoint()
    {
        using (var run = Start("run", "recipe.yaml", "--set", "train.steps=3000"))
        {
            CommandLine.Until(() => Directory.Exists(At("runs/artifacts")) && Directory.GetFiles(At("runs/artifacts"), "checkpoint.txt", SearchOption.AllDirectories).Length > 0, () => run.Error);
            run.Process.Kill();
            run.Wait();
        }
        using var again = Start("run", "recipe.yaml", "--set", "train.steps=3000");
        again.WaitFor("train: training");

        Assert.DoesNotContain("train: training  1/3,000", again.Error);
        Assert.Contains("finished before", again.Error);
    }

    [Fact]
    public void Run_ParentKilled_ChildDiesToo()
    {
        using var run = Start("run", "recipe.yaml", "--set", $"seed={TestSteps.Hangs}");
        run.WaitFor("hanging");
        var child = HangingChild();

        run.Process.Kill();

        CommandLine.Until(() => !IsAlive(child), () => "the step outlived its run");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void Run_SignalWhileAStepHangs_StopsSoonAndSaysHowToContinue(string signal)
    {
        using var run = Start("run", "recipe.yaml", "--json", "--set", $"seed={TestSteps.Hangs}");
        run.WaitFor("hanging");
        var child = HangingChild();
        var watch = Stopwatch.StartNew();

        run.Signal(signal);

        Assert.Equal(130, run.Wait());
        // Two seconds are promised; a machine that is busy with other things takes longer, one that waits for the step would take for ever.
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 25);
        Assert.False(IsAlive(child));
        Assert.Contains("The same command continues.", run.Error);
        Assert.Contains("interrupted", (string?)JsonNode.Parse(run.Output)!["error"]![0]);
        Assert.Contains("\"state\": \"interrupted\"", File.ReadAllText(At("runs/시험/run.json")));
    }

    [Fact]
    public void Run_SignalWhileAStepTakesLongToSave_WaitsForIt()
    {
        using var run = Start("run", "recipe.yaml", "--set", $"seed={TestSteps.SavesSlowly}");
        run.WaitFor("train: training");

        run.Signal("INT");

        Assert.Equal(130, run.Wait());
        Assert.Single(Directory.GetFiles(At("runs/artifacts"), "saved.txt", SearchOption.AllDirectories));
    }

    [Fact]
    public void Run_AskedForACheckpointByAService_FinishesWhatItIsAtAndSaysRequeue()
    {
        Write("asked", "");
        using var run = new CommandLine(Folder, ("GEOBUK_CHECKPOINT_REQUEST", At("asked")), "run", "recipe.yaml", "--set", $"seed={TestSteps.FinishesItsStep}");
        run.WaitFor("train: training");

        run.Signal("TERM");

        Assert.True(run.Wait() == 75, run.Error);
        Assert.Single(Directory.GetFiles(At("runs/artifacts"), "saved.txt", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData(TestSteps.KillsItself, 1, "signal 9, SIGKILL")]
    [InlineData(TestSteps.Aborts, 1, "signal 6, SIGABRT")]
    [InlineData(TestSteps.Throws, 1, "InvalidOperationException: a fault of ours")]
    [InlineData(TestSteps.RefusesInput, 2, "문서.txt: bytes that are not UTF-8")]
    [InlineData(TestSteps.DiskIsFull, 2, "the disk is full (No space left on device)")]
    public void Run_StepThatFails_SaysWhyAndTheSameCommandContinues(int seed, int code, string reason)
    {
        using var run = Start("run", "recipe.yaml", "--set", $"seed={seed}");

        Assert.Equal(code, run.Wait());
        Assert.Contains(reason, run.Error);
        Assert.Contains("\"state\": \"failed\"", File.ReadAllText(At("runs/시험/run.json")));
        Assert.Empty(Directory.GetDirectories(At("runs/artifacts"), "train-*"));
        // What could be continued stays; a user's mistake leaves nothing to continue, and no lock.
        if (code == 2) Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(At("runs"), "*", SearchOption.AllDirectories), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public void Run_StepThatPrints_KeepsItOutOfTheResult()
    {
        using var run = Start("run", "recipe.yaml", "--json", "--set", $"seed={TestSteps.Chatters}");

        Assert.Equal(0, run.Wait());
        Assert.NotNull(JsonNode.Parse(run.Output));
        Assert.Contains("a library says hello", File.ReadAllText(At("runs/시험/logs/train.log")));
    }

    [Fact]
    public void Run_SameNameTwiceAtOnce_RefusesTheSecond()
    {
        using var first = Start("run", "recipe.yaml", "--set", $"seed={TestSteps.Hangs}");
        first.WaitFor("hanging");
        using var second = Start("run", "recipe.yaml");

        Assert.Equal(2, second.Wait());
        Assert.Contains("the run is going on in another process", second.Error);
    }

    private int HangingChild() =>
        int.Parse(File.ReadAllText(Directory.GetFiles(At("runs/artifacts"), "process.txt", SearchOption.AllDirectories).Single()), CultureInfo.InvariantCulture);

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
