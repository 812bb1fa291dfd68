using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;
using Geobuk.Compute.Engines;
using Geobuk.Compute.Jobs;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Tests;
using Xunit.Abstractions;

namespace Geobuk.EndToEnd.Tests.Pools;

/// <summary>A training that makes room for a job of higher priority ends with the weights of one that nobody disturbed, bit for bit.</summary>
public sealed class TrainingPreemption(SlurmCluster slurm, TrainingPreemption.Undisturbed undisturbed, ITestOutputHelper output) : IClassFixture<SlurmCluster>, IClassFixture<TrainingPreemption.Undisturbed>, IDisposable
{
    private const int TrainSteps = 600;

    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 양보 ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Urgent_OnThisMachine_TakesOverAfterTheCheckpointAndTheTrainerGoesOn() => TakeOver("""{"name":"local","nodes":[{"name":"this","kind":"cpu","devices":8}]}""");

    [SkippableFact]
    public void Urgent_OnSlurm_TakesOverAfterTheCheckpointAndTheTrainerGoesOn()
    {
        Skip.If(slurm.Conf is null, "Slurm is not installed here");
        TakeOver($$"""{"name":"slurm","engine":"slurm","engine_settings":{"conf":"{{slurm.Conf}}","kind":"h200"},"nodes":[{"name":"n1","kind":"h200","devices":8}]}""");
    }

    private void TakeOver(string pools)
    {
        // Documents, recipe, and the steps before the training, which are the same.
        Copy(undisturbed.Folder, _folder, path => !path.Contains("train", StringComparison.Ordinal));
        using var pool = new RunningPool(_folder, $$"""{"min_run_seconds":0,"pools":[{{pools}}]}""", realSteps: true);

        var trainer = pool.Submit(new JobRequest { Command = ["dotnet", typeof(Cli.Application).Assembly.Location, "run", "recipe.yaml", "--until", "train"], Folder = _folder, Devices = 8, Priority = 10, Preemptible = true });
        pool.Until(trainer, _ => pool.Log(trainer).Contains("train: training", StringComparison.Ordinal));
        var urgent = pool.Submit(new JobRequest { Command = ["sh", "-c", "touch urgent; while [ ! -e go ]; do sleep 0.05; done"], Folder = _folder, Devices = 8, Priority = 90 });
        pool.Until(urgent, _ => File.Exists(At("urgent")));
        var waiting = pool.Job(trainer);
        Assert.True(waiting is { Phase: JobPhase.Pending, ExitCode: EngineStatus.Requeue }, $"{waiting.Phase}, {waiting.ExitCode}, {waiting.Reason}: {pool.Log(trainer)}");
        var checkpoint = Directory.GetDirectories(At("runs/artifacts"), "step-????????", SearchOption.AllDirectories).Single();
        var handover = File.GetLastWriteTimeUtc(At("urgent")) - Directory.GetFiles(checkpoint).Max(File.GetLastWriteTimeUtc);
        File.WriteAllText(At("go"), "");
        var done = pool.Until(trainer, job => job.IsOver);

        output.WriteLine($"{Path.GetFileName(checkpoint)} of {TrainSteps}; the urgent job began {handover.TotalSeconds:0.00} s after the checkpoint");
        Assert.True(done.Checkpoints is { SavedAt: > 0, CheckpointSeconds: > 0, StartSeconds: > 0, SavesWhenAsked: true }, $"{done.Checkpoints}");
        Assert.Equal((JobPhase.Done, 2, 1), (done.Phase, done.Attempt, done.Preemptions));
        Assert.Equal(undisturbed.Weights, Undisturbed.WeightsIn(_folder));
        Assert.Equal(Enumerable.Range(1, TrainSteps), Curve());
    }

    /// <summary>Numbers of the optimizer steps in the curve.</summary>
    private IEnumerable<int> Curve() => File.ReadLines(Path.Combine(Directory.GetDirectories(At("runs/artifacts"), "train-*").Single(), "metrics.jsonl"))
        .Select(line => JsonNode.Parse(line)!).Where(line => line["loss"] is not null).Select(line => (int)line["step"]!);

    private static void Copy(string from, string to, Func<string, bool> which)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(from, file)).Where(which))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, file))!);
            File.Copy(Path.Combine(from, file), Path.Combine(to, file));
        }
    }

    private string At(string path) => Path.Combine(_folder, path);

    /// <summary>The same training left alone.</summary>
    public sealed class Undisturbed : IDisposable
    {
        public Undisturbed()
        {
            Directory.CreateDirectory(Path.Combine(Folder, "규정"));
            for (var i = 0; i < 30; i++) File.WriteAllText(Path.Combine(Folder, "규정", $"{i}.txt"), $"제{i}조 (휴가) 휴가를 신청하려는 사람은 {i % 7 + 2}일 전까지 소속 부서장에게 신청서를 내야 한다. 담당 부서는 {i % 5 + 1}일 이내에 알린다.");
            File.WriteAllText(Path.Combine(Folder, "recipe.yaml"), $$$"""
                name: 양보
                base:
                  architecture: {hidden_size: 32, intermediate_size: 64, layers: 2, heads: 2, key_value_heads: 1, max_positions: 128}
                  tokenizer: {vocabulary_size: 320}
                corpus: {domain: [규정], validation_share: 0.2, licenses: {domain: open_license (Apache-2.0)}}
                train: {deterministic: true, steps: {{{TrainSteps}}}, warmup_steps: 1, sequence_length: 48, micro_batch: 2, evaluate_every: {{{TrainSteps}}}, checkpoint_every: 1000}
                """);
            using var run = CommandLine.Real(Folder, "run", "recipe.yaml", "--until", "train");
            Assert.True(run.Wait() == 0, run.Error);
            Weights = WeightsIn(Folder);
        }

        /// <summary>Where it ran.</summary>
        public string Folder { get; } = Directory.CreateTempSubdirectory("geobuk 홀로 ").FullName;

        /// <summary>Digest of the weights it ended with.</summary>
        public string Weights { get; }

        public static string WeightsIn(string folder) =>
            ContentHash.OfFile(Path.Combine(Directory.GetDirectories(Path.Combine(folder, "runs", "artifacts"), "train-*").Single(), "model", "model.safetensors"), CancellationToken.None);

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
