using System.Text.Json.Nodes;
using Geobuk.Cli.Runs;

namespace Geobuk.EndToEnd.Tests.Runs;

/// <summary>A working directory with a recipe, a model and documents, on a path with a space and Hangul.</summary>
public abstract class RunFixture : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("geobuk 실행 ");

    protected RunFixture()
    {
        Write("모델/config.json", "{}");
        Write("모델/tokenizer.json", "{}");
        Write("모델/model.safetensors", "weights");
        Write("규정/휴가.txt", "제1조(목적) 이 규정은 휴가를 정한다.");
        Write("recipe.yaml", """
            name: 시험
            base: {model: 모델}
            corpus: {domain: [규정]}
            train: {steps: 20, warmup_steps: 0}
            compress: {preset: q8_0}
            """);
    }

    protected string Folder => _folder.FullName;

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    internal CommandLine Start(params string[] arguments) => new(Folder, arguments);

    /// <summary>Runs the recipe to the end and gives the JSON.</summary>
    protected JsonNode Run(params string[] options)
    {
        using var run = Start(["run", "recipe.yaml", "--json", .. options]);
        Assert.True(run.Wait() == 0, run.Error);
        return JsonNode.Parse(run.Output)!;
    }

    /// <summary>"base done, corpus skipped, …".</summary>
    protected static string States(JsonNode result) => string.Join(", ", result["steps"]!.AsArray().Select(step => $"{step!["name"]} {step["state"]}"));

    /// <summary>Folder of a step's artifact.</summary>
    protected string ArtifactOf(JsonNode result, string step) =>
        At((string)result["steps"]!.AsArray().Single(node => (string?)node!["name"] == step)!["artifact"]!);

    /// <summary>Every finished artifact's files by name, with their hashes.</summary>
    protected SortedDictionary<string, string> Artifacts(string runs = "runs")
    {
        var store = At(Path.Combine(runs, "artifacts"));
        return new(ContentHash.FilesBelow(store).Where(file => !file.StartsWith('.') && !file.EndsWith(Manifest.FileName, StringComparison.Ordinal))
            .ToDictionary(file => file, file => ContentHash.OfFile(Path.Combine(store, file), CancellationToken.None)), StringComparer.Ordinal);
    }

    protected string At(string path) => Path.Combine(Folder, path);

    protected void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
