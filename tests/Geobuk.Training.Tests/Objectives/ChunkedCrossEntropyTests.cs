using Geobuk.Models;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Objectives;

/// <summary>Against the same loss written plainly: all logits at once, the teacher on the whole batch, autograd for the gradient.</summary>
public sealed class ChunkedCrossEntropyTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const int Length = 12;

    [Fact]
    public void Backward_ReplayedText_IsTheGradientOfTheLossWrittenPlainly()
    {
        using var scope = NewDisposeScope();
        var (model, teacher) = (Fresh(1), Fresh(2));
        var (all, replayed) = (Batch([0, 1, 2, 3]), Batch([1, 3]));
        Assert.NotNull(all.Replayed);

        var sum = ChunkedCrossEntropy.Backward(model, all, 0.25, new LossTerms { Teacher = teacher, Replayed = replayed });
        var gradients = Gradients(model);
        var plain = Plainly(model, teacher, all);
        (plain * 0.25).backward();

        Assert.Equal(plain.item<float>(), sum, 1e-3);
        foreach (var (name, expected) in Gradients(model)) AssertNear(name, expected, gradients[name]);
    }

    [Fact]
    public void Backward_TeacherIsTheModelItself_LearnsOnlyFromTheOtherText()
    {
        using var scope = NewDisposeScope();
        var (model, teacher, only) = (Fresh(1), Fresh(1), Batch([3]));

        Assert.True(ChunkedCrossEntropy.Backward(model, only, 1, new LossTerms { Teacher = teacher, Replayed = only }) > 0);

        Assert.All(Gradients(model).Values, gradient => Assert.InRange(gradient.abs().max().item<float>(), 0, 1e-5f));
    }

    [Fact]
    public void Backward_WithoutTeacher_AgreesWithEvaluate()
    {
        using var scope = NewDisposeScope();
        var (model, batch) = (Fresh(1), Batch([0, 1, 2, 3]));

        Assert.Equal(ChunkedCrossEntropy.Evaluate(model, batch), ChunkedCrossEntropy.Backward(model, batch, 1), 1e-3);
    }

    private CausalLanguageModel Fresh(int seed)
    {
        TorchRuntime.Start(new TorchOptions());
        var model = new CausalLanguageModel(ModelConfig.Load(tiny.Base), CPU);
        ModelWeights.Initialize(model, seed);
        return model;
    }

    /// <summary>Of four sequences of two documents each, the second document of sequence 1 and all of sequence 3 are replayed.</summary>
    private PackedBatch Batch(int[] sequences)
    {
        var places = sequences.SelectMany(sequence => Enumerable.Range(0, Length).Select(at => (Sequence: sequence, At: at))).ToArray();
        return new PackedBatch(
            [.. places.Select(place => (place.Sequence * 31 + place.At * 17) % tiny.Config.VocabularySize)],
            [.. places.Select(place => place.At % (Length / 2))],
            [.. places.Select(place => place.At / (Length / 2))],
            Length, CPU,
            [.. places.Select(place => place.Sequence == 3 || place is { Sequence: 1, At: >= Length / 2 })]);
    }

    private static Tensor Plainly(CausalLanguageModel model, CausalLanguageModel teacher, PackedBatch batch)
    {
        var logs = nn.functional.log_softmax(AllLogits(model, batch), -1);
        var own = nn.functional.one_hot(batch.Targets, logs.shape[1]).to(float32);
        var answers = nn.functional.softmax(AllLogits(teacher, batch).detach(), -1);
        return -(where(zeros(batch.PredictionCount, 1, @bool).index_fill_(0, batch.Replayed!, true), answers, own) * logs).sum();
    }

    private static Tensor AllLogits(CausalLanguageModel model, PackedBatch batch) =>
        model.Logits(model.Hidden(batch).view(-1, model.Config.HiddenSize).index_select(0, batch.Sources));

    /// <summary>Takes the gradients out of the model.</summary>
    private static Dictionary<string, Tensor> Gradients(CausalLanguageModel model)
    {
        var gradients = model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!);
        foreach (var (_, parameter) in model.named_parameters()) parameter.grad = null;
        return gradients;
    }

    private static void AssertNear(string name, Tensor expected, Tensor got)
    {
        var difference = (expected - got).abs().max().item<float>();
        var size = expected.abs().max().item<float>();
        Assert.True(size > 0 && difference <= 1e-6 + 1e-4 * size, $"{name}: off by {difference} where the largest is {size}");
    }
}
