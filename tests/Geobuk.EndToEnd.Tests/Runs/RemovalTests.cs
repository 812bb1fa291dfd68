using Geobuk.Cli;
using Geobuk.Cli.Runs;
using Geobuk.Corpus;
using Geobuk.Recipes;
using Geobuk.Tests;
using Geobuk.Training.DataParallel;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>A store with a corpus of real documents, and an adapter and a model that say they came from it.</summary>
public sealed class RemovalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk 삭제 ").FullName;
    private readonly StepDefinition _corpus = Steps.All.Single(step => step.Name == "corpus");

    public void Dispose() => Directory.Delete(_folder, true);

    private ArtifactStore Store => new(Path.Combine(_folder, "artifacts"));

    private static StepDefinition Fake(string name, string[] parents, string file) => new()
    {
        Name = name,
        Parents = parents,
        Part = _ => new { name },
        Run = context =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(context.OutputFolder, file))!);
            File.WriteAllText(Path.Combine(context.OutputFolder, file), name);
        },
    };

    private StepDefinition Base() => new()
    {
        Name = "base",
        Part = _ => new { },
        Run = context =>
        {
            foreach (var file in Directory.GetFiles(TestPaths.Repository("samples", "ax-pico"), "*.json")) File.Copy(file, Path.Combine(context.OutputFolder, Path.GetFileName(file)));
        },
    };

    private string Make(StepDefinition definition, Recipe recipe, Dictionary<string, string> finished)
    {
        var request = StepRequest.Create(definition, recipe, Store, finished, default);
        using var worker = new SoleWorker();
        StepWork.Do(request, definition, new Progress<StepReport>(), worker, default);
        finished[definition.Name] = request.Artifact;
        return request.Artifact;
    }

    private Dictionary<string, string> Chain()
    {
        var documents = Path.Combine(_folder, "문서");
        Directory.CreateDirectory(documents);
        Directory.CreateDirectory(Store.Folder);
        for (var i = 0; i < 12; i++) File.WriteAllText(Path.Combine(documents, $"{i:00}.txt"), $"{i}번 안내문은 {i * 31}명의 장병에게 {i + 3}월의 계획을 알린다.\n자세한 내용은 {i}번 담당자가 설명한다.");
        File.Copy(Path.Combine(documents, "03.txt"), Path.Combine(documents, "사본.txt"));
        var recipe = new Recipe { Name = "시험", Base = new BaseConfig(), Corpus = new CorpusConfig { Domain = [documents], ValidationShare = 0.1, Licenses = new Dictionary<string, string> { ["domain"] = "open_license (Apache-2.0)" } }, Seed = 5 };
        var finished = new Dictionary<string, string>();
        Make(Base(), recipe, finished);
        Make(_corpus, recipe, finished);
        Make(Fake("train", ["base", "corpus"], "adapter/adapter_model.safetensors"), recipe, finished);
        Make(Fake("compress", ["base", "train"], "model.gguf"), recipe, finished);
        Make(Fake("other", ["base"], "model.gguf"), recipe, finished);
        return finished;
    }

    [Fact]
    public void Find_Document_ListsShardAdapterAndModel()
    {
        var made = Chain();

        var corpus = Assert.Single(new Removal(Store, _corpus).Find("03.txt"));

        Assert.Equal(made["corpus"], corpus.Id);
        Assert.Equal("03.txt", Assert.Single(corpus.Places).Id);
        Assert.Equal(
            [$"train {made["train"]} adapter/adapter_model.safetensors", $"compress {made["compress"]} model.gguf"],
            corpus.Descendants.Select(one => $"{one.Step} {one.Id} {string.Join(' ', one.Weights)}"));
        Assert.Empty(new Removal(Store, _corpus).Find("없는문서.txt"));
    }

    [Fact]
    public void Rebuild_WithoutTheDocument_LeavesItsCopyOutTooAndTheRestAsItWas()
    {
        var made = Chain();
        var removal = new Removal(Store, _corpus);

        var rebuilt = removal.Rebuild(made["corpus"], "03.txt", new Progress<StepReport>(), default);

        Assert.NotEqual(made["corpus"], rebuilt);
        Assert.Null(Store.Defect(rebuilt, hashes: true, default));
        var (before, after) = (Rows(made["corpus"]), Rows(rebuilt));
        Assert.Equal(before.Where(row => row.Set is not null && row.Id != "03.txt").Select(row => row.Id).Order(), after.Where(row => row.Set is not null).Select(row => row.Id).Order());
        Assert.Equal(["03.txt", "사본.txt"], after.Where(row => row.Dropped == "removed").Select(row => row.Id));
        Assert.Equal([made["corpus"]], removal.Find("03.txt").Select(corpus => corpus.Id));
        Assert.Equal(rebuilt, removal.Rebuild(made["corpus"], "03.txt", new Progress<StepReport>(), default));
    }

    private List<CorpusRow> Rows(string artifact) => [.. CorpusRow.Read(Store.FolderOf(artifact))];
}
