using Geobuk.Evaluation.Metrics;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests.Metrics;

public class DivergenceMeasureTests
{
    private static readonly EvaluationDocument[] Documents = [new("a", SmallModel.Sample), new("b", "휴가 신청서는 행정과에 낸다.")];
    private static readonly PerplexityProtocol Windows = new(80, 40);

    [Fact]
    public void Run_TwoModels_MatchesTheReferenceAtEveryPosition()
    {
        using var first = new SmallModel(seed: 1);
        using var second = new SmallModel(seed: 2);
        var result = Compare(first, second, long.MaxValue);
        var expected = new List<double>();
        var same = 0;
        foreach (var document in Documents)
        {
            var ids = first.Tokenizer.Encode(document.Text);
            foreach (var w in TokenWindow.Sliding(0, ids.Length, 1, Windows.Window, Windows.Stride))
            {
                var (p, q) = (first.ReferenceLogProbabilities(ids[w.Start..w.End]), second.ReferenceLogProbabilities(ids[w.Start..w.End]));
                for (var t = w.FirstScored - 1 - w.Start; t < w.Length - 1; t++)
                {
                    expected.Add(p[t].Zip(q[t], (a, b) => Math.Exp(a) * (a - b)).Sum());
                    if (Array.IndexOf(p[t], p[t].Max()) == Array.IndexOf(q[t], q[t].Max())) same++;
                }
            }
        }
        Assert.Equal(expected.Count, result.Divergences.Count);
        for (var i = 0; i < expected.Count; i++) Assert.Equal(expected[i], result.Divergences[i], 3);
        Assert.Equal(same, result.SameTop);
    }

    [Fact]
    public void Run_ModelAgainstItself_HasNoDistance()
    {
        using var small = new SmallModel();
        var result = Compare(small, small, long.MaxValue);
        Assert.All(result.Divergences, kl => Assert.Equal(0, kl));
        Assert.Equal(result.Divergences.Count, result.SameTop);
        Assert.Equal(0, result.Lost + result.Gained);
        Assert.Equal(result.First.Perplexity, result.Second.Perplexity);
    }

    [Fact]
    public void Run_Limit_StopsAfterTheWindowThatReachesIt()
    {
        using var small = new SmallModel();
        var all = Compare(small, small, long.MaxValue).Divergences.Count;
        var some = Compare(small, small, 10).Divergences.Count;
        Assert.InRange(some, 10, all - 1);
    }

    [Fact]
    public void Run_OtherTokenizer_IsRefused()
    {
        using var first = new SmallModel();
        using var second = new SmallModel();
        Geobuk.Models.Tokenization.BpeTrainer.Train(["completely other text, other merges"], 280, second.Folder);
        Assert.Contains("expected the same tokenizer", Assert.Throws<UserInputException>(() => Compare(first, second, long.MaxValue)).Message);
    }

    private static TextDivergence Compare(SmallModel first, SmallModel second, long tokens)
    {
        using var a = InferenceModel.Load(first.Folder);
        using var b = InferenceModel.Load(second.Folder);
        using var lanesA = new EngineLanes(a, 2);
        using var lanesB = new EngineLanes(b, 2);
        return DivergenceMeasure.Run(lanesA, lanesB, Documents, new DivergenceLimits(tokens, Windows), "test", new Progress<StepReport>(), CancellationToken.None);
    }
}
