using Geobuk.Corpus.Packing;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.Data;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Objectives;

/// <summary>Every term of the loss core against the same loss written plainly: all logits at once, autograd for the gradient.</summary>
public sealed class LossCoreTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const int Length = 16;

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Backward_WeightsAndZLoss_AreTheLossWrittenPlainly(double zLoss)
    {
        using var scope = NewDisposeScope();
        var (model, batch) = (Fresh(1), Batch());
        Assert.True(batch.PredictionCount < 2 * (Length - 2), "predictions of weight 0 are left out");
        AssertSame(model, () => ChunkedCrossEntropy.Backward(model, batch, 0.5, new LossTerms { ZLoss = zLoss }), () =>
        {
            var logits = AllLogits(model, batch);
            var own = nn.functional.cross_entropy(logits, batch.Targets, reduction: nn.Reduction.None);
            return ((own + logits.logsumexp(-1).square() * zLoss) * batch.Weights!).sum();
        }, 0.5);
    }

    [Theory]
    [InlineData(1.0, 0)]
    [InlineData(0.4, 0.01)]
    public void Backward_StoredAnswers_AreTheDivergenceOverTheListedAndTheRest(double share, double zLoss)
    {
        using var scope = NewDisposeScope();
        var (model, teacher, batch) = (Fresh(1), Fresh(2), Batch());
        var (logs, ids) = nn.functional.log_softmax(AllLogits(teacher, batch).detach() * 20, -1).topk(5, -1);
        AssertSame(model, () => ChunkedCrossEntropy.Backward(model, batch, 0.5, new LossTerms { ZLoss = zLoss, Answers = new SparseAnswers(ids, logs, share) }), () =>
        {
            var logits = AllLogits(model, batch);
            var own = nn.functional.cross_entropy(logits, batch.Targets, reduction: nn.Reduction.None);
            var student = nn.functional.log_softmax(logits, -1).gather(1, ids);
            var (p, q) = (logs.exp(), student.exp());
            var (pTail, qTail) = (1 - p.sum(-1), 1 - q.sum(-1));
            var divergence = (p * (logs - student)).sum(-1) + pTail * (pTail.log() - qTail.log());
            return ((own * (1 - share) + divergence * share + logits.logsumexp(-1).square() * zLoss) * batch.Weights!).sum();
        }, 0.5);
    }

    [Fact]
    public void Dpo_IsTheLossWrittenPlainly()
    {
        using var scope = NewDisposeScope();
        var (model, batch) = (Fresh(1), Batch());
        var objective = new PreferenceObjective(new TrainConfig { DpoBeta = 0.3 });
        Assert.Equal(2, objective.Units(batch));
        var texts = tensor(batch.Places.Select(place => 2L * place.Row + batch.Rows[place.Row].DocumentIds[place.At]).ToArray());
        AssertSame(model, () => objective.Backward(model, new MicroBatch(batch, null), 0.5).item<double>(), () =>
        {
            var logs = -nn.functional.cross_entropy(AllLogits(model, batch), batch.Targets, reduction: nn.Reduction.None);
            var sums = zeros(4).index_add(0, texts, logs, 1).view(2, 2) - tensor(new[] { -20f, -30f, -25f, -35f }).view(2, 2);
            return -nn.functional.logsigmoid((sums.select(1, 0) - sums.select(1, 1)) * 0.3).sum();
        }, 0.5);
    }

    private void AssertSame(CausalLanguageModel model, Func<double> ours, Func<Tensor> plainly, double scale)
    {
        var sum = ours();
        var gradients = Gradients(model);
        var plain = plainly();
        (plain * scale).backward();
        Assert.Equal(plain.item<float>(), sum, 1e-3 * Math.Abs(sum));
        foreach (var (name, expected) in Gradients(model))
        {
            var (difference, size) = ((expected - gradients[name]).abs().max().item<float>(), expected.abs().max().item<float>());
            Assert.True(size > 0 && difference <= 1e-6 + 2e-4 * size, $"{name}: off by {difference} where the largest is {size}");
        }
    }

    private CausalLanguageModel Fresh(int seed)
    {
        TorchRuntime.Start(new TorchOptions());
        var model = new CausalLanguageModel(ModelConfig.Load(tiny.Base), CPU);
        ModelWeights.Initialize(model, seed);
        return model;
    }

    /// <summary>Two rows of two texts; the beginnings of the texts carry no loss.</summary>
    private PackedBatch Batch() => new([.. Enumerable.Range(0, 2).Select(Row)], CPU);

    private PackedTokens Row(int row) =>
        RowBuilder.Build([.. Enumerable.Range(0, 2).Select(text => new WeightedTokens(
            [.. Enumerable.Range(0, Length / 2 - text).Select(at => (row * 31 + text * 7 + at * 17) % tiny.Config.VocabularySize)],
            [.. Enumerable.Range(0, Length / 2 - text).Select(at => at > 2)]))], Length) with
        {
            References = row == 0 ? (-20, -30) : (-25, -35),
        };

    private static Tensor AllLogits(CausalLanguageModel model, PackedBatch batch) => model.Logits(ChunkedCrossEntropy.Selected(model, batch));

    private static Dictionary<string, Tensor> Gradients(CausalLanguageModel model)
    {
        var gradients = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!);
        foreach (var (_, parameter) in model.named_parameters()) parameter.grad = null;
        return gradients;
    }
}
