using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Geobuk.Evaluation.Reports;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests.Reports;

public sealed partial class ReportStepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_WholeRun_AsksNothingOfTheOutside()
    {
        var html = Html(SyntheticRun.Write(_folder));
        Assert.DoesNotMatch(Outside(), html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("default-src 'none'", html);
        foreach (var link in Parse(html).Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src"))
            Assert.StartsWith("data:", link.Value);
    }

    [Fact]
    public void Run_WholeRun_IsWellFormedWithoutShortenedElements()
    {
        var html = Html(SyntheticRun.Write(_folder));
        var root = Parse(html);
        Assert.Equal("html", root.Name.LocalName);
        Assert.Equal(4, root.Descendants("svg").Count());
        Assert.DoesNotMatch(Shortened(), html);
    }

    [Fact]
    public void Run_WholeRun_ShowsEveryNumber()
    {
        var text = Text(Html(SyntheticRun.Write(_folder)));
        string[] expected =
        [
            "41.28", "5.07", "5.14", "13.17", "13.71", "13.98", "26.1 %", "81.2 %로(+55.2 %p)", "5.07로(−87.7 %)", "80.6 %", "21.6 % ~ 31.1 %", "330문항",
            "+55.2 %p", "−0.6 %p", "−2.1 %p ~ +0.9 %p", "+4.1 %", "−87.7 %", "13.0 MB", "4.21 MB", "6.51 M", "32 %", "489 tok/s", "6,012 tok/s",
            "1.412", "0.617", "0.0213", "0.0087", "0.1894", "94.6 %", "0.21초", "764", "812", "412,034", "19,990", "76건", "samples/rulebook", "20.0 %", "1,269,760",
            "5.12 비트", "4.21 MB", "3분 21초", "p = 0.6875", "문항 9,", "문항 191", "2.00배",
            "9c1f5d0e7a64b2c8d3f1a09b8e7c6d5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9d", "./geobuk run recipes/quickstart.yaml", "AMD EPYC 9B45", "AVX-512 F32",
        ];
        Assert.All(expected, number => Assert.Contains(number, text));
        Assert.All(new[] { "좋아짐", "유지됨", "동등", "올랐음" }, word => Assert.Contains(word, text));
    }

    [Fact]
    public void Run_SweepBetweenBaseAndTrained_ShowsThePointsTheFrontAndTheOneSaved()
    {
        var html = Html(SyntheticRun.Write(_folder));
        var text = Text(html);
        string[] expected = ["배움과 잊음 사이", "저장 α = 1 / 0.9 / 1", "0.675", "+8.9 %", "+8.0 % ~ +9.7 %", "+10.2 %", "허용 한도", "넘음", "지킴", "층 0–1", "임베딩·출력층"];
        Assert.All(expected, number => Assert.Contains(number, text));
        Assert.Equal(3, html.Split("<circle").Length - html[..html.IndexOf("id=\"merge\"", StringComparison.Ordinal)].Split("<circle").Length - html[html.IndexOf("</section>", html.IndexOf("id=\"merge\"", StringComparison.Ordinal), StringComparison.Ordinal)..].Split("<circle").Length + 1);
        var merge = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "report.json")))!["merge"]!;
        Assert.Equal(3, merge["points"]!.AsArray().Count);
        Assert.Equal("[1,0.9,1]", merge["points"]!.AsArray().Single(point => (bool)point!["chosen"]!)!["alphas"]!.ToJsonString());
        Assert.Equal(0.0771, (double)merge["points"]![2]!["changes"]!["general"]!["low"]!);
        Assert.Null(merge["points"]![1]!["changes"]!["general"]!["low"]);
        Assert.DoesNotContain("배움과 잊음 사이", Text(Html(SyntheticRun.Write(_folder) with { Merge = null })));
    }

    [Fact]
    public void Run_ExamDuringTraining_IsShownWithItsPairedInterval()
    {
        var text = Text(Html(SyntheticRun.Write(_folder)));
        Assert.All(new[] { "시험 정답률", "56.0 %", "+30.0 %p", "+1.0 %p ~ +31.1 %p" }, number => Assert.Contains(number, text));
        var points = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "report.json")))!["training_exam"]!.AsArray();
        Assert.Equal([1, 50, 100], points.Take(3).Select(point => (int)point!["step"]!));
        Assert.Equal(50, (int)points[^1]!["change"]!["documents"]!);
    }

    [Fact]
    public void Run_ExamPartlyInTheTrainingText_ScoresCleanAndDirtyQuestionsApart()
    {
        var text = Text(Html(SyntheticRun.Write(_folder)));
        Assert.Contains("겹치는 문항 130개, 겹치지 않는 문항 200개", text);
        var exam = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "report.json")))!["models"]![1]!["exam"]!;
        Assert.Equal((200, 130), ((int)exam["clean"]!["n"]!, (int)exam["dirty"]!["n"]!));
        Assert.Equal((0.6, 0.8), ((double)exam["clean"]!["score"]!, (double)exam["dirty"]!["score"]!));
    }

    [Fact]
    public void Run_NamesWithMarkup_AreEscaped()
    {
        var html = Html(SyntheticRun.Write(_folder));
        Assert.Contains("quickstart &lt;휴가·당직 규정&gt;", html);
        Assert.Contains("A.X 3.1 &amp; &lt;작은&gt; 모델", html);
        Assert.Contains("&lt;b&gt;odd&lt;/b&gt;", html);
        Assert.Contains("&lt;행정과&gt;", html);
        Assert.DoesNotContain("<b>odd", html);
    }

    [Fact]
    public void Run_WholeRun_WritesThePinnedJsonFields()
    {
        Run(SyntheticRun.Write(_folder));
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "report.json")))!;
        var models = root["models"]!.AsArray();
        Assert.Equal(["base", "adapted", "light"], models.Select(m => (string)m!["name"]!));
        Assert.All(models, model =>
        {
            Assert.True((long)model!["bytes"]! > 0);
            Assert.Equal(6_508_032, (long)model["parameters"]!);
            Assert.True((double)model["domain_perplexity"]! > 1);
            Assert.True((double)model["general_perplexity"]! > 1);
            Assert.Equal(330, (int)model["exam"]!["n"]!);
            Assert.InRange((double)model["exam"]!["score"]!, (double)model["exam"]!["low"]!, (double)model["exam"]!["high"]!);
            Assert.True((double)model["prefill_tps"]! > 0 && (double)model["decode_tps"]! > 0);
        });
        Assert.Equal(0.0213, (double)root["kld"]!["mean"]!);
        Assert.Equal(0.1894, (double)root["kld"]!["p99"]!);
        Assert.Equal(0.9462, (double)root["kld"]!["same_top"]!);
        Assert.Equal(259.5, (double)root["seconds"]!, 6);
        Assert.StartsWith("9c1f5d0e", (string)root["recipe_hash"]!);
        Assert.Equal(5, root["lineage"]!.AsArray().Count);
        Assert.Equal("base-2d711642b726", (string)root["lineage"]![1]!["parents"]![0]!);
    }

    [Fact]
    public void Run_OnlyACorpus_StillMakesAPage()
    {
        var inputs = SyntheticRun.Write(_folder) with { Metrics = null, Evaluation = null, Compression = null };
        var text = Text(Html(inputs));
        Assert.Contains("무엇으로 학습했나", text);
        Assert.DoesNotContain("학습 곡선", text);
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "out", "report.json")))!;
        Assert.Empty(root["models"]!.AsArray());
        Assert.Null(root["kld"]);
    }

    [Fact]
    public void Run_WithoutExam_JudgesByPerplexity()
    {
        var inputs = SyntheticRun.Write(_folder);
        var evaluation = SyntheticRun.Evaluation();
        JsonFiles.Write(inputs.Evaluation!, evaluation with
        {
            Models = [.. evaluation.Models.Select(m => m with { Exam = null })],
            Differences = [.. evaluation.Differences.Select(d => d with { Exam = null, Test = null, Flips = [] })],
        });
        var html = Html(inputs);
        Assert.Contains("도메인 퍼플렉시티 (위가 좋음)", html);
        Assert.DoesNotContain("시험 점수", Text(html));
    }

    [Fact]
    public void Run_TornMetricsLine_NamesFileAndLine()
    {
        var inputs = SyntheticRun.Write(_folder);
        File.WriteAllText(inputs.Metrics!, "{\"step\":1,\"loss\":3.2}\n{\"step\":2,\"lo");
        var fault = Assert.Throws<UserInputException>(() => Run(inputs));
        Assert.StartsWith($"{inputs.Metrics}:2: the line is not JSON", fault.Message);
    }

    [Fact]
    public void Run_EvaluationOfAnotherForm_NamesTheFile()
    {
        var inputs = SyntheticRun.Write(_folder);
        File.WriteAllText(inputs.Evaluation!, "{\"models\": 3}");
        Assert.StartsWith(inputs.Evaluation!, Assert.Throws<UserInputException>(() => Run(inputs)).Message);
    }

    private void Run(ReportInputs inputs) =>
        ReportStep.Run(inputs, Path.Combine(_folder, "out"), new Progress<StepReport>(), CancellationToken.None);

    private string Html(ReportInputs inputs)
    {
        Run(inputs);
        return File.ReadAllText(Path.Combine(_folder, "out", "report.html"));
    }

    private static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }

    private static string Text(string html)
    {
        var root = Parse(html);
        root.Descendants("style").Remove();
        return string.Join(" ", root.DescendantNodes().OfType<XText>().Select(t => t.Value)).Replace('\u00A0', ' ');
    }

    [GeneratedRegex(@"https?://|src=|url\(|@import|<link[^>]+stylesheet", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex(@"<(?!meta|link|br|hr|img|col|wbr)[a-z]+[^>]*/>")]
    private static partial Regex Shortened();
}
