using Geobuk.Models;
using Geobuk.Recipes.Reading;

namespace Geobuk.Recipes.Tests.Reading;

public sealed class RecipePathsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("geobuk 경로 ");

    [Fact]
    public void Load_PathsThatExist_IsAccepted()
    {
        Write("모델/config.json", "{}");
        Write("모델/tokenizer.json", "{}");
        Write("모델/model.safetensors", "x");
        Write("규정/하위/문서.txt", "제1조(목적)");
        Write("시험.jsonl", "{}");

        var recipe = Load("모델", "규정", "시험.jsonl");

        Assert.Equal(At("모델"), recipe.Base.Model);
    }

    [Fact]
    public void Load_PathsThatDoNotExist_AreReportedTogether()
    {
        Write("모델/config.json", "{}");
        Directory.CreateDirectory(At("규정/빈 폴더"));

        var problems = Assert.Throws<UserInputException>(() => Load("모델", "규정", "시험.jsonl")).Problems;

        var recipe = At("recipe.yaml");
        Assert.Collection(problems,
            problem => Assert.Equal($"{recipe}:3: base.model is {At("모델")}, which has no tokenizer.json, no *.safetensors; expected a Hugging Face folder. Copy the missing files there.", problem),
            problem => Assert.StartsWith($"{recipe}:4: corpus.domain is {At("규정")}, which is empty; expected a folder with documents", problem),
            problem => Assert.StartsWith($"{recipe}:5: evaluate.exam is {At("시험.jsonl")}, which does not exist; expected a file.", problem));
    }

    [Fact]
    public void Load_EmptyDocumentFile_IsRefused()
    {
        Write("문서.txt", "");

        Assert.Contains("is empty; expected a folder with documents", string.Join('\n', Assert.Throws<UserInputException>(() => Load("모델", "문서.txt", "시험.jsonl")).Problems));
    }

    [Fact]
    public void Load_MissingRecipe_SaysSo() =>
        Assert.StartsWith("nowhere.yaml: no such file; expected a recipe in YAML.", Assert.Throws<UserInputException>(() => RecipeReader.Load("nowhere.yaml")).Message);

    [Fact]
    public void Load_RecipeThatIsNotUtf8_SaysSo()
    {
        File.WriteAllBytes(At("recipe.yaml"), [0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xb9, 0xfd]);

        Assert.Contains("bytes that are not UTF-8", Assert.Throws<UserInputException>(() => RecipeReader.Load(At("recipe.yaml"))).Message);
    }

    [Fact]
    public void Load_ByteOrderMark_IsIgnored()
    {
        File.WriteAllText(At("recipe.yaml"), "\uFEFFname: a\nbase: {model: m}\ncorpus: {domain: [d]}\n");

        Assert.Equal("a", RecipeReader.Load(At("recipe.yaml"), checkPaths: false).Name);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Recipe Load(string model, string domain, string exam)
    {
        Write("recipe.yaml", $"name: a\nbase:\n  model: {At(model)}\ncorpus: {{domain: [\"{At(domain)}\"]}}\nevaluate: {{exam: \"{At(exam)}\"}}\n");
        return RecipeReader.Load(At("recipe.yaml"));
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }
}
