using System.Text.Json.Nodes;
using Geobuk.Evaluation.Reports;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests;

public sealed class EvaluateStepTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-evaluate-").FullName;
    private readonly SmallModel _base = new(seed: 1), _adapted = new(seed: 2), _light = new(seed: 3);
    private readonly EvaluateConfig _config;

    public EvaluateStepTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "corpus"));
        File.WriteAllLines(Path.Combine(_folder, "corpus", "validation.domain.jsonl"),
            Enumerable.Range(0, 24).Select(i => new JsonObject { ["id"] = $"d{i}", ["text"] = SmallModel.Sample[i..] }.ToJsonString()));
        File.WriteAllText(Path.Combine(_folder, "corpus", "validation.general.jsonl"), "{\"id\":\"g\",\"text\":\"국민은 법 앞에 평등하다.\"}\n");
        var exam = Path.Combine(_folder, "exam.jsonl");
        File.WriteAllLines(exam, Enumerable.Range(0, 12).Select(i =>
            $$"""{"id":"q{{i}}","question":"제{{i}}조의 기한은?","choices":["{{i}}일","{{i + 1}}일","{{i + 2}}일","{{i + 3}}일"],"answer":{{i % 4}},"source":"규정/제{{i / 2}}조","topic":"{{(i < 6 ? "휴가" : "당직")}}"}"""));
        _config = new EvaluateConfig { Exam = exam, KlTokens = 200, SpeedPrompt = 16, SpeedGenerate = 4 };
    }

    private string Output => Path.Combine(_folder, "out");

    public void Dispose()
    {
        _base.Dispose();
        _adapted.Dispose();
        _light.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Run_ThreeModels_FillsEveryField()
    {
        var reports = new List<StepReport>();
        EvaluateStep.Run(_config, Inputs() with { DirtyQuestions = new HashSet<string> { "q0", "q4", "q11" } }, Output, new Collector(reports), CancellationToken.None);
        var result = JsonFiles.Read<EvaluationResult>(Path.Combine(Output, "evaluation.json"));
        Assert.Equal(["base", "adapted", "light"], result.Models.Select(m => m.Name));
        Assert.All(result.Models, model =>
        {
            Assert.True(model.DomainPerplexity > 1 && model.GeneralPerplexity > 1 && model.BitsPerByte > 0 && model.GeneralBitsPerByte > 0);
            Assert.Equal(12, model.Exam!.N);
            Assert.Equal((9, 3), (model.Exam.Clean!.N, model.Exam.Dirty!.N));
            Assert.Equal(model.Exam.Score, (9 * model.Exam.Clean.Score + 3 * model.Exam.Dirty.Score) / 12, 12);
            Assert.Equal(["휴가", "당직"], model.Exam.Topics.Select(t => t.Topic));
            Assert.Equal(model.Exam.Score, model.Exam.Topics.Average(t => t.Score), 12);
            Assert.True(model.PrefillTps > 0 && model.DecodeTps > 0 && model.LoadSeconds > 0 && model.Bytes > 0 && model.Parameters > 0);
        });
        Assert.Equal([("base", "adapted"), ("adapted", "light")], result.Differences.Select(d => (d.From, d.To)));
        Assert.All(result.Differences, d =>
        {
            Assert.NotNull(d.DomainRatio);
            Assert.NotNull(d.Exam);
            Assert.Equal(d.Flips.Count, d.Test!.Lost + d.Test.Gained);
            Assert.Equal(result.Models.First(m => m.Name == d.To).Exam!.Score - result.Models.First(m => m.Name == d.From).Exam!.Score, d.Exam!.Value, 12);
        });
        Assert.Equal(("adapted", "light"), (result.Kld!.From, result.Kld.To));
        Assert.InRange(result.Kld.Tokens, 200, 400);
        Assert.True(result.Kld.Mean > 0 && result.Kld.P99 >= result.Kld.Median);
        Assert.Equal(0.25, result.Protocol.ExamChance);
        Assert.Equal(24, result.Protocol.DomainDocuments);
        Assert.Contains(reports, r => r is { Phase: "base: exam", Done: 12, Total: 12, Unit: "questions" });
    }

    [Fact]
    public void Run_FinishedParts_AreNotMeasuredAgain()
    {
        EvaluateStep.Run(_config, Inputs(), Output, new Collector([]), CancellationToken.None);
        var file = Path.Combine(Output, "evaluation.json");
        var whole = File.ReadAllText(file);
        File.Delete(file);
        File.Delete(Path.Combine(Output, "details", "light.exam.json"));
        File.Delete(Path.Combine(_base.Folder, "model.safetensors"));
        var reports = new List<StepReport>();
        EvaluateStep.Run(_config, Inputs(), Output, new Collector(reports), CancellationToken.None);
        Assert.All(reports, report => Assert.StartsWith("light: exam", report.Phase));
        var (before, after) = (JsonNode.Parse(whole)!, JsonNode.Parse(File.ReadAllText(file))!);
        before["seconds"] = 0;
        after["seconds"] = 0;
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
    }

    [Fact]
    public void Run_OnlyABase_MeasuresIt()
    {
        EvaluateStep.Run(_config with { Exam = null }, Inputs() with { AdaptedFolder = null, LightFile = null }, Output, new Collector([]), CancellationToken.None);
        var result = JsonFiles.Read<EvaluationResult>(Path.Combine(Output, "evaluation.json"));
        Assert.Null(Assert.Single(result.Models).Exam);
        Assert.Empty(result.Differences);
        Assert.Null(result.Kld);
    }

    [Fact]
    public void Run_BrokenExam_FailsBeforeAnyModelIsOpened()
    {
        File.AppendAllText(_config.Exam!, "{}\n");
        File.Delete(Path.Combine(_base.Folder, "config.json"));
        Assert.StartsWith($"{_config.Exam}:13: ", Assert.Throws<UserInputException>(() => EvaluateStep.Run(_config, Inputs(), Output, new Collector([]), CancellationToken.None)).Message);
        Assert.False(File.Exists(Path.Combine(Output, "evaluation.json")));
    }

    [Fact]
    public void Run_Cancelled_KeepsFinishedPartsAndStops()
    {
        using var stop = new CancellationTokenSource();
        var reports = new Collector([], report => { if (report.Phase == "adapted: exam") stop.Cancel(); });
        Assert.ThrowsAny<OperationCanceledException>(() => EvaluateStep.Run(_config, Inputs(), Output, reports, stop.Token));
        Assert.True(File.Exists(Path.Combine(Output, "details", "base.speed.json")));
        Assert.False(File.Exists(Path.Combine(Output, "evaluation.json")));
    }

    [Fact]
    public void Run_EvaluationResult_MakesAReport()
    {
        EvaluateStep.Run(_config, Inputs(), Output, new Collector([]), CancellationToken.None);
        ReportStep.Run(new ReportInputs
        {
            RunName = "r",
            RecipeText = "geobuk: 1",
            RecipeHash = "ab",
            Command = "./geobuk run r.yaml",
            ToolVersion = "0.1.0",
            Created = DateTimeOffset.UnixEpoch,
            Artifacts = [],
            Evaluation = Path.Combine(Output, "evaluation.json"),
        }, Path.Combine(_folder, "report"), new Collector([]), CancellationToken.None);
        Assert.Contains("경량 모델은 크기가", File.ReadAllText(Path.Combine(_folder, "report", "report.html")));
    }

    private EvaluationInputs Inputs() => new(_base.Folder, _adapted.Folder, _light.Folder, Path.Combine(_folder, "corpus"));

    private sealed class Collector(List<StepReport> reports, Action<StepReport>? then = null) : IProgress<StepReport>
    {
        public void Report(StepReport value)
        {
            lock (reports) reports.Add(value);
            then?.Invoke(value);
        }
    }
}
