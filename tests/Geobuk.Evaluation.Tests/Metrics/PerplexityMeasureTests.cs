using System.Text;
using Geobuk.Evaluation.Metrics;
using Geobuk.Inference;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Evaluation.Tests.Metrics;

public class PerplexityMeasureTests
{
    private static readonly Progress<StepReport> Silent = new();

    [Fact]
    public void Run_TwoDocumentsInSlidingWindows_MatchesTheReferenceModel()
    {
        using var small = new SmallModel();
        EvaluationDocument[] documents = [new("a", SmallModel.Sample), new("b", "휴가(休暇)는 ３일."), new("c", "")];
        var result = Measure(small, documents, new PerplexityProtocol(24, 12));
        double nats = 0;
        long tokens = 0, bytes = 0;
        foreach (var document in documents.Take(2))
        {
            var ids = small.Tokenizer.Encode(document.Text);
            foreach (var w in TokenWindow.Sliding(0, ids.Length, 1, 24, 12))
            {
                var logs = small.ReferenceLogProbabilities(ids[w.Start..w.End]);
                for (var i = w.FirstScored; i < w.End; i++) nats -= logs[i - w.Start - 1][ids[i]];
            }
            tokens += ids.Length - 1;
            bytes += Encoding.UTF8.GetByteCount(document.Text) - small.Tokenizer.DecodeBytes(ids[0]).Length;
        }
        Assert.Equal(tokens, result.Tokens);
        Assert.Equal(2, result.Documents);
        Assert.Equal(Math.Exp(nats / tokens), result.Perplexity, 2);
        Assert.Equal(nats / Math.Log(2) / bytes, result.BitsPerByte, 4);
    }

    [Fact]
    public void Run_ModelThatKnowsNothing_HasThePerplexityOfItsVocabulary()
    {
        using var small = new SmallModel(headScale: 0);
        var result = Measure(small, [new("a", SmallModel.Sample)], new PerplexityProtocol(512, 256));
        Assert.Equal(SmallModel.Vocabulary, result.Perplexity, 6);
    }

    [Fact]
    public void Run_MoreLanes_GivesTheSameBits()
    {
        using var small = new SmallModel();
        EvaluationDocument[] documents = [.. Enumerable.Range(0, 9).Select(i => new EvaluationDocument($"{i}", SmallModel.Sample[i..]))];
        var one = Measure(small, documents, new PerplexityProtocol(24, 12), lanes: 1);
        var three = Measure(small, documents, new PerplexityProtocol(24, 12), lanes: 3);
        Assert.Equal(one.Losses, three.Losses);
    }

    [Fact]
    public void Run_NothingToPredict_SaysSo()
    {
        using var small = new SmallModel();
        Assert.Contains("no document has two tokens", Assert.Throws<UserInputException>(() => Measure(small, [new("a", "a")], new PerplexityProtocol(24, 12))).Message);
    }

    [Fact]
    public void Ratio_SameResult_IsOneWithoutWidth()
    {
        using var small = new SmallModel();
        using var other = new SmallModel(seed: 2);
        EvaluationDocument[] documents = [.. Enumerable.Range(0, 30).Select(i => new EvaluationDocument($"{i}", SmallModel.Sample[i..]))];
        var (a, b) = (Measure(small, documents, new PerplexityProtocol(64, 32)), Measure(other, documents, new PerplexityProtocol(64, 32)));
        var same = PerplexityResult.Ratio(a, a);
        Assert.Equal((1.0, 1.0, 1.0), (same.Value, same.Low, same.High));
        var ratio = PerplexityResult.Ratio(a, b);
        Assert.Equal(b.Perplexity / a.Perplexity, ratio.Value, 9);
        Assert.InRange(ratio.Value, ratio.Low, ratio.High);
    }

    private static PerplexityResult Measure(SmallModel small, IReadOnlyList<EvaluationDocument> documents, PerplexityProtocol protocol, int lanes = 2)
    {
        using var model = InferenceModel.Load(small.Folder);
        using var engines = new EngineLanes(model, lanes);
        return PerplexityMeasure.Run(engines, documents, new PerplexityProtocol(Math.Min(protocol.Window, model.ContextLength), Math.Min(protocol.Stride, model.ContextLength / 2)), "test", Silent, CancellationToken.None);
    }
}
