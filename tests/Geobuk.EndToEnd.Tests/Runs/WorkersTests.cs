using System.Globalization;
using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;
using Geobuk.Training.DataParallel;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>Training by several processes over the system's Open MPI; skipped without one, but not in CI.</summary>
public sealed class WorkersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 일꾼 ").FullName;

    public WorkersTests()
    {
        if (MpiInstallation.Find() is null)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true") throw new FileNotFoundException("CI needs Open MPI: apt-get install openmpi-bin libopenmpi-dev");
            Skip.If(true, "Open MPI is not installed: openmpi-bin and libopenmpi-dev");
        }
        Directory.CreateDirectory(At("규정"));
        for (var i = 0; i < 30; i++) File.WriteAllText(At($"규정/{i}.txt"), $"제{i}조 (휴가) 휴가를 신청하려는 사람은 {i % 7 + 2}일 전까지 소속 부서장에게 신청서를 내야 한다. 담당 부서는 {i % 5 + 1}일 이내에 알린다.");
        File.WriteAllText(At("recipe.yaml"), """
            name: 일꾼
            base:
              architecture: {hidden_size: 32, intermediate_size: 64, layers: 2, heads: 2, key_value_heads: 1, max_positions: 128}
              tokenizer: {vocabulary_size: 320}
            corpus: {domain: [규정], validation_share: 0.2, licenses: {domain: open_license (Apache-2.0)}}
            train: {deterministic: true, steps: 4, warmup_steps: 1, sequence_length: 48, micro_batch: 1, gradient_accumulation: 4, evaluate_every: 2, checkpoint_every: 2}
            """);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Run_OneTwoAndFourWorkers_TrainTheSameWeightsBitForBit()
    {
        var alone = Train(1);
        Assert.Equal(alone, Train(2));
        Assert.Equal(alone, Train(4));
    }

    /// <summary>Two workers that share a GPU by main memory, then by NCCL, which takes them for two hosts.</summary>
    [SkippableFact]
    public void Run_WorkersOnAGpu_TrainTheSameWeightsBitForBit()
    {
        Skip.If(Environment.GetEnvironmentVariable("GEOBUK_DEVICE")?.StartsWith("cuda", StringComparison.Ordinal) != true, "no GPU (GEOBUK_DEVICE, GEOBUK_LIBTORCH)");
        string[] settings = ["--device", "cuda:0", "--set", "train.precision=fp32"];
        var alone = Train(1, settings);
        Assert.Equal(alone, Train(2, settings));
        var starter = MpiInstallation.Find()!.Starter;
        // mpirun -n 2 ... dotnet ...
        File.WriteAllText(At("mpirun"), $$"""
            #!/bin/bash
            if [ "$1" = --version ]; then exec {{starter}} --version; fi
            while [ "${1##*/}" != dotnet ]; do shift; done
            options="--oversubscribe --bind-to none --allow-run-as-root -n 1"
            exec {{starter}} $options -x NCCL_HOSTID=one -x NCCL_DEBUG=INFO "$@" : $options -x NCCL_HOSTID=two -x NCCL_DEBUG=INFO "$@"
            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(At("mpirun"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable(MpiInstallation.StarterVariable, At("mpirun"));
        try
        {
            Assert.Equal(alone, Train(2, settings));
            Assert.Contains(Directory.EnumerateFiles(At("runs"), "*.log", SearchOption.AllDirectories), log => File.ReadAllText(log).Contains("NCCL INFO", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable(MpiInstallation.StarterVariable, null);
        }
    }

    [SkippableFact]
    public void Run_WorkerKilled_EndsWithAReasonAndGoesOnWithAnotherNumber()
    {
        using (var run = Start(2))
        {
            CommandLine.Until(() => LastCheckpoint() > 0, () => run.Error);
            var worker = WorkerOf(1);
            System.Diagnostics.Process.Start("kill", ["-KILL", worker])!.WaitForExit();
            Assert.Equal(1, run.Wait());
            Assert.Contains("one of 2 workers ended, and so all of them: the step was killed (signal 9, SIGKILL)", run.Error);
        }
        var before = LastCheckpoint();
        using var again = Start(3);
        CommandLine.Until(() => LastCheckpoint() > before, () => again.Error);
        again.Signal("INT");
        Assert.True(again.Wait() == 130, again.Error);
        Assert.Contains("The same command continues.", again.Error);
    }

    [SkippableFact]
    public void Run_WrongInputFoundByEveryWorker_IsToldOnceAndEndsAsForOne()
    {
        using var run = CommandLine.Real(_folder, "run", "recipe.yaml", "--until", "train", "--set", "train.workers=2", "--set", "train.method=lora", "--set", "train.lora.targets=[W_down]");
        Assert.True(run.Wait() == 2, run.Error);
        Assert.Contains("no layer is named W_down", run.Error);
    }

    /// <summary>A training without an end, of so many workers.</summary>
    private CommandLine Start(int workers) =>
        CommandLine.Real(_folder, "run", "recipe.yaml", "--until", "train", "--set", "train.steps=1000000", "--set", $"train.workers={workers}");

    private string Train(int workers, params string[] settings)
    {
        using var run = CommandLine.Real(_folder, ["run", "recipe.yaml", "--json", "--until", "train", "--from", "train", "--set", $"train.workers={workers}", .. settings]);
        Assert.True(run.Wait() == 0, run.Error);
        var artifact = (string)JsonNode.Parse(run.Output)!["steps"]!.AsArray().Single(step => (string?)step!["name"] == "train")!["artifact"]!;
        return ContentHash.OfFile(Path.Combine(At(artifact), "model", "model.safetensors"), CancellationToken.None);
    }

    private long LastCheckpoint() => !Directory.Exists(At("runs/artifacts")) ? 0 : Directory.EnumerateDirectories(At("runs/artifacts"), "checkpoints", SearchOption.AllDirectories)
        .SelectMany(folder => Directory.EnumerateDirectories(folder, "step-????????")).Select(step => long.Parse(Path.GetFileName(step)[5..], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();

    /// <summary>Process id of the worker of a rank that works in this test's folder.</summary>
    private string WorkerOf(int rank) => Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>().Where(name => name.All(char.IsAsciiDigit))
        .Single(id => Holds($"/proc/{id}/environ", $"\0OMPI_COMM_WORLD_RANK={rank}\0") && new FileInfo($"/proc/{id}/cwd").LinkTarget == _folder);

    private static bool Holds(string file, string text)
    {
        try
        {
            return $"\0{File.ReadAllText(file)}\0".Contains(text, StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string At(string path) => Path.Combine(_folder, path);
}
