using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;

namespace Geobuk.EndToEnd.Tests.Runs;

public sealed class RunTests : RunFixture
{
    [Fact]
    public void Run_FreshRecipe_LeavesArtifactsWithManifestsAndAReport()
    {
        var result = Run();

        Assert.Equal("base done, corpus done, train done, compress done, report done", States(result));
        Assert.Equal(Path.Combine("runs", "시험"), (string?)result["run"]);
        Assert.True(File.Exists(At((string)result["report"]!)));
        foreach (var step in new[] { "base", "corpus", "train", "compress", "report" })
        {
            var folder = ArtifactOf(result, step);
            var manifest = Manifest.TryRead(folder)!;
            Assert.Equal(Path.GetFileName(folder), manifest.Id);
            Assert.Equal(ContentHash.FilesBelow(folder).Where(file => file != Manifest.FileName), manifest.Files.Select(file => file.Path));
            Assert.All(manifest.Files, file => Assert.Equal(ContentHash.OfFile(Path.Combine(folder, file.Path), CancellationToken.None), file.Sha256));
            Assert.Equal(ArtifactStore.IdOf(step, manifest.Fingerprint), manifest.Id);
            Assert.True(manifest.Machine.Cores > 0 && manifest.Machine.MemoryBytes > 0);
        }
        Assert.Equal(["base", "corpus"], Manifest.TryRead(ArtifactOf(result, "train"))!.Parents.Keys);
        Assert.Equal(["모델"], Manifest.TryRead(ArtifactOf(result, "base"))!.Inputs.Keys);
        Assert.True(File.Exists(At("runs/시험/adapted/curve.txt")), "the link to the training artifact leads nowhere");
        Assert.DoesNotContain(Directory.EnumerateDirectories(At("runs/artifacts")), folder => Path.GetFileName(folder).StartsWith(".work", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Again_SkipsWhatIsFinished()
    {
        Run();

        Assert.Equal("base skipped, corpus skipped, train skipped, compress skipped, report skipped", States(Run()));
    }

    [Fact]
    public void Run_EditedDocument_RedoesWhatDependsOnIt()
    {
        Run();
        Write("규정/휴가.txt", "제1조(목적) 이 규정은 외출을 정한다.");

        Assert.Equal("base skipped, corpus done, train done, compress done, report done", States(Run()));
    }

    [Fact]
    public void Run_ChangedKeyOfOneStep_LeavesEarlierStepsAlone()
    {
        Run();

        Assert.Equal("base skipped, corpus skipped, train skipped, compress done, report done", States(Run("--set", "compress.preset=q4_0")));
        Assert.Equal("base skipped, corpus skipped, train skipped, report done", States(Run("--set", "compress=null")));
    }

    [Fact]
    public void Run_UntilAndFrom_BoundTheChain()
    {
        Assert.Equal("base done, corpus done", States(Run("--until", "corpus")));
        Assert.Equal("base skipped, corpus done, train done, compress done, report done", States(Run("--from", "corpus")));
    }

    [Fact]
    public void Run_UnknownStep_IsRefusedBeforeAnythingIsWritten()
    {
        using var run = Start("run", "recipe.yaml", "--until", "tran");

        Assert.Equal(2, run.Wait());
        Assert.Equal("--until: tran is not a step of this recipe; expected one of base, corpus, train, compress, report.", run.Error.Trim());
        Assert.False(Directory.Exists(At("runs")));
    }

    [Fact]
    public void Run_ThreeMistakes_ReportsAllAndWritesNothing()
    {
        using var run = Start("run", "recipe.yaml", "--json", "--set", "train.lora.rank=0", "--set", "sed=5", "--set", "corpus.domain=[없음]");

        Assert.Equal(2, run.Wait());
        Assert.Equal(3, JsonNode.Parse(run.Output)!["error"]!.AsArray().Count);
        Assert.Contains("--set sed=5: sed is not a key;", run.Error);
        Assert.False(Directory.Exists(At("runs")));
    }

    [Fact]
    public void Run_InputRefusedByTheFirstStep_LeavesNothingBehind()
    {
        using var run = Start("run", "recipe.yaml", "--set", "seed=110");
        Assert.Equal(2, run.Wait());
        Assert.False(Directory.Exists(At("runs")));
    }

    [Fact]
    public void Run_DamagedArtifact_IsMadeAgain()
    {
        var result = Run();
        var shard = Path.Combine(ArtifactOf(result, "corpus"), "shards", "0.txt");
        var before = Artifacts();
        File.WriteAllText(shard, "x");

        using var run = Start("run", "recipe.yaml");

        Assert.Equal(0, run.Wait());
        Assert.Contains("made again: shards/0.txt has 1 bytes where the manifest says", run.Error);
        Assert.Equal(before, Artifacts());
    }

    [Fact]
    public void Run_VerifyWithChangedContentOfTheSameSize_MakesItAgain()
    {
        var result = Run();
        var file = Path.Combine(ArtifactOf(result, "compress"), "model.gguf");
        var text = File.ReadAllText(file);
        File.WriteAllText(file, new string('x', text.Length));

        Assert.Contains("compress skipped", States(Run()));
        Assert.Contains("compress done", States(Run("--verify")));
        Assert.Equal(text, File.ReadAllText(file));
    }

    [Fact]
    public void Run_OnAPipe_PrintsPlainProgressAndTheTable()
    {
        using var run = Start("run", "recipe.yaml");

        Assert.Equal(0, run.Wait());
        Assert.Contains("train: training  20/20 steps", run.Error);
        Assert.Contains("loss 0.05", run.Error);
        Assert.Contains("perplexity, domain", run.Output);
        Assert.Contains("25.0 % [20.0 %, 30.0 %]", run.Output);
        Assert.Contains("same top token 95.0 %", run.Output);
        Assert.Contains("report: " + Path.Combine("runs", "시험", "report.html"), run.Output);
        Assert.DoesNotContain("\u001b", run.Output + run.Error);
    }

    [Fact]
    public void Run_Quiet_PrintsOnlyTheResult()
    {
        using var run = Start("run", "recipe.yaml", "--quiet", "--json");

        Assert.Equal(0, run.Wait());
        Assert.Equal("", run.Error);
        Assert.NotNull(JsonNode.Parse(run.Output));
    }

    [Fact]
    public void Serve_UnknownOption_IsNotTakenForAModel()
    {
        using var serve = Start("serve", "모델.gguf", "--port", "8080");

        Assert.Equal(2, serve.Wait());
        Assert.Contains("no such", serve.Error);

        using var first = Start("serve", "--port", "8080");

        Assert.Equal(2, first.Wait());
        Assert.Contains("--port: no such option; expected one of those that --help lists.", first.Error);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("train")]
    public void Verb_TorchOptions_ReachTheStep(string verb)
    {
        using var run = Start(verb, "recipe.yaml", "--set", $"seed={TestSteps.TellsTorchOptions}", "--device", "cuda:1", "--libtorch", "규정", "--threads", "3");
        run.Wait();

        Assert.Contains("Device = cuda:1, LibTorchFolder = 규정, Threads = 3", File.ReadAllText(At("runs/시험/logs/train.log")));
    }

    [Theory]
    [InlineData("--device", "gpu", "--device gpu: not a device; expected cpu, cuda or cuda:N. Leave it out to compute on the CPU.")]
    [InlineData("--libtorch", "없음", "--libtorch 없음: no such folder; expected an unpacked libtorch. Check the path.")]
    [InlineData("--threads", "0", "--threads 0: too few; expected at least 1. Leave it out to use every core.")]
    public void Run_ImpossibleTorchOption_IsRefusedBeforeAnythingIsWritten(string option, string value, string expected)
    {
        using var run = Start("run", "recipe.yaml", option, value);

        Assert.Equal(2, run.Wait());
        Assert.Equal(expected, run.Error.Trim());
        Assert.False(Directory.Exists(At("runs")));
    }

    [Fact]
    public void Run_TwoNamesAtOnceWithTheSameSteps_ShareTheArtifacts()
    {
        using var first = Start("run", "recipe.yaml", "--set", "name=하나");
        using var second = Start("run", "recipe.yaml", "--set", "name=둘");

        Assert.Equal((0, 0), (first.Wait(), second.Wait()));
        Assert.Single(Directory.GetDirectories(At("runs/artifacts"), "train-*"));
    }
}
