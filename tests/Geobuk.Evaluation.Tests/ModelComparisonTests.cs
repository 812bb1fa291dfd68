using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests;

public sealed class ModelComparisonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-compare-").FullName;
    private readonly SmallModel _first = new(seed: 1), _second = new(seed: 2);
    private readonly string _text, _exam;

    public ModelComparisonTests()
    {
        _text = Path.Combine(_folder, "text.txt");
        File.WriteAllText(_text, string.Join('\n', Enumerable.Repeat(SmallModel.Sample, 4)));
        _exam = Path.Combine(_folder, "exam.jsonl");
        File.WriteAllLines(_exam, Enumerable.Range(0, 20).Select(i => $$"""{"id":"q{{i}}","question":"제{{i}}조?","choices":["예","아니오","둘 다"],"answer":{{i % 3}}}"""));
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void OnText_TwoModels_AgreesWithEachAlone()
    {
        var result = ModelComparison.OnText(_first.Folder, _second.Folder, _text, null, new Progress<StepReport>(), CancellationToken.None);
        Assert.Equal(Perplexity(_first), result.PplA!.Value, 9);
        Assert.Equal(Perplexity(_second), result.PplB!.Value, 9);
        Assert.Equal(result.PplB.Value / result.PplA.Value, result.PplRatio!.Value, 9);
        Assert.True(result.Kld!.Mean > 0 && result.Kld.Median <= result.Kld.P99);
        Assert.InRange(result.SameTop!.Value, 0, 1);
    }

    [Fact]
    public void OnTask_TwoModels_FlipsExplainTheDifference()
    {
        var result = ModelComparison.OnTask(_first.Folder, _second.Folder, _exam, null, new Progress<StepReport>(), CancellationToken.None);
        Assert.Equal(20, result.ScoreA!.N);
        Assert.Equal((result.Flips.Gained - result.Flips.Lost) / 20.0, result.ScoreDifference!.Value, 12);
        Assert.Equal(result.ScoreB!.Score - result.ScoreA.Score, result.ScoreDifference.Value, 12);
        Assert.Equal(result.Questions.Count, result.Flips.Lost + result.Flips.Gained);
        Assert.Null(result.Kld);
    }

    [Fact]
    public void Run_SeveralTasks_GivesThemInOrder()
    {
        var scores = ModelEvaluation.Run(_first.Folder, ["exam=" + _exam, "perplexity", _exam], _text, null, new Progress<StepReport>(), CancellationToken.None);
        Assert.Equal(["exam", "perplexity", "exam#3"], scores.Keys);
        Assert.Equal(scores["exam"], scores["exam#3"]);
        var exam = scores["exam"];
        Assert.Equal(20, exam.N);
        Assert.InRange(exam.Score, exam.Low, exam.High);
        Assert.Equal(exam.AccNorm, exam.Score);
        Assert.Equal(1.0 / 3, exam.Chance!.Value, 12);
        Assert.True(scores["perplexity"].BitsPerByte > 0);
        Assert.InRange(scores["perplexity"].Score, scores["perplexity"].Low, scores["perplexity"].High);
    }

    [Fact]
    public void Run_PerplexityWithoutText_IsRefusedBeforeTheModel() =>
        Assert.Contains("expected --text FILE", Assert.Throws<UserInputException>(() => ModelEvaluation.Run("absent", ["perplexity"], null, null, new Progress<StepReport>(), CancellationToken.None)).Message);

    private double Perplexity(SmallModel model) =>
        ModelEvaluation.Run(model.Folder, ["perplexity"], _text, null, new Progress<StepReport>(), CancellationToken.None)["perplexity"].Score;
}
