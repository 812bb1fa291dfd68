using System.Text.Json.Nodes;
using Geobuk.EndToEnd.Tests.Runs;
using Geobuk.Tests;

namespace Geobuk.EndToEnd.Tests.Corpora;

/// <summary>The verbs of geobuk corpus as a user types them, on the quickstart's own office documents.</summary>
public sealed class CorpusCommandTests : IDisposable
{
    private static readonly string Model = TestPaths.Repository("samples", "ax-pico");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("geobuk 말뭉치 ");

    public CorpusCommandTests()
    {
        Directory.CreateDirectory(At("documents"));
        foreach (var path in Directory.EnumerateFiles(TestPaths.Repository("samples", "documents"))) File.Copy(path, At(Path.Combine("documents", Path.GetFileName(path))));
        File.WriteAllText(At("recipe.yaml"), $$"""
            name: 견본
            base: {model: "{{Model}}"}
            corpus: {domain: [documents], licenses: {domain: open_license (Apache-2.0)}, decisions: 결정.jsonl}
            """);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Build_Review_Decide_Build_Verify_GoByTheDecision()
    {
        var first = Run(0, "build", "recipe.yaml", "--tokenizer", Model, "--out", "one");
        Assert.Equal("""{"license_forbids":1,"security_marking":3}""", first["quarantined"]!.ToJsonString());
        Assert.Equal(["email", "phone", "resident_number"], first["redactions"]!.AsObject().Select(kind => kind.Key));
        Assert.Equal(["attribution"], first["obligations"]!.AsArray().Select(obligation => (string)obligation!));
        Assert.Contains("표지-견본.docx", File.ReadAllText(At("one/corpus.html")));
        Assert.DoesNotContain("단체사진 촬영 계획", File.ReadAllText(At("one/corpus.html")));

        var review = Run(0, "review", "one", "--out", "review.html");
        var page = File.ReadAllText(At("review.html"));
        Assert.Contains("<mark title=\"보안 표지\">대 외 비</mark>", page);
        var item = review["items"]!.AsArray().Single(item => (string)item!["id"]! == "표지-견본.docx")!;
        Assert.Contains($"geobuk corpus decide one {((string)item["item"]!)[..16]} --release", page);

        Run(2, "decide", "one", "12345678", "--release", "--reason", "양식의 견본임");
        Run(2, "decide", "one", (string)item["item"]!, "--release", "--keep", "--reason", "양식의 견본임");
        Run(2, "decide", "one", (string)item["item"]!, "--release", "--reason", " ");
        Run(0, "decide", "one", ((string)item["item"]!)[..12], "--release", "--reason", "양식의 견본임", "--by", "검토자");
        Assert.Contains("\"because\":\"양식의 견본임\",\"by\":\"검토자\"", File.ReadAllText(At("결정.jsonl")));

        var second = Run(0, "build", "recipe.yaml", "--tokenizer", Model, "--out", "two");
        Assert.Equal(2, (int)second["quarantined"]!["security_marking"]!);
        Assert.Equal((int)first["kept"]! + 1, (int)second["kept"]!);
        Assert.Contains("검토자: 양식의 견본임", File.ReadAllText(At("two/lineage.jsonl")));
        Assert.True((bool)Run(0, "verify", "two")["whole"]!);
        File.AppendAllText(At("two/dropped.jsonl"), " ");
        Assert.StartsWith("dropped.jsonl: SHA-256 is", (string)Run(1, "verify", "two")["problems"]![0]!);
    }

    [Fact]
    public void Build_WithoutABasis_QuarantinesAllButWhatStatesItsOwn()
    {
        var report = Run(0, "build", "documents", "--tokenizer", Model, "--out", "out");
        Assert.Equal(1, (int)report["kept"]!);
        Assert.Equal("kogl_1", (string)report["licenses"]![0]!["basis"]!);
    }

    [Fact]
    public void Fetch_WithoutAKey_ConnectsToNothingAndSaysWhatIsMissing()
    {
        using var run = new CommandLine(_folder.FullName, "corpus", "fetch", "law", "--out", "laws");
        Assert.Equal(2, run.Wait());
        Assert.Contains("GEOBUK_LAW_KEY: not set; expected the key that the service gave you.", run.Error);
        Assert.False(Directory.Exists(At("laws")));
    }

    [Fact]
    public void Contamination_ChoicesListedInThePrompt_AreCompared()
    {
        const string Listed = "형법상 정당방위는 자기 또는 타인의 법익에 대한 현재의 부당한 침해를 방위하기 위한 행위이다";
        File.WriteAllText(At("exam.csv"), $"question,answer,A,B,C,D\n옳은 것은?,2,가,{Listed},다,라\n틀린 것은?,1,가,나,다,라\n");
        File.WriteAllText(At("training.txt"), $"앞 문장. {Listed}. 뒤 문장.");
        var ledger = Run(0, "contamination", "training.txt", "--task", "kmmlu=exam.csv");
        Assert.Equal((2, 1), ((int)ledger["items"]!, (int)ledger["dirty"]!));
        Assert.Equal("exam/1", (string)ledger["rows"]!.AsArray().Single(row => (bool)row!["dirty"]!)!["id"]!);
    }

    [Fact]
    public void Compress_ModelWithACard_CarriesIt()
    {
        Directory.CreateDirectory(At("model"));
        foreach (var path in Directory.EnumerateFiles(Model)) File.CreateSymbolicLink(At(Path.Combine("model", Path.GetFileName(path))), path);
        File.WriteAllText(At("model/README.md"), "- 원문 그대로 출력하지 않을 것 (`no_verbatim_output`)\n");
        using var run = new CommandLine(_folder.FullName, "compress", "model", "--out", "light.gguf", "--preset", "q8_0", "--quiet");
        Assert.True(run.Wait() == 0, run.Error);
        Assert.Equal(File.ReadAllText(At("model/README.md")), File.ReadAllText(At("light.README.md")));
    }

    private JsonNode Run(int code, params string[] arguments)
    {
        using var run = new CommandLine(_folder.FullName, ["corpus", .. arguments, "--json", "--quiet"]);
        Assert.True(run.Wait() == code, $"{string.Join(' ', arguments)}: {run.Error}{run.Output}");
        return JsonNode.Parse(run.Output)!;
    }

    private string At(string path) => Path.Combine(_folder.FullName, path);
}
