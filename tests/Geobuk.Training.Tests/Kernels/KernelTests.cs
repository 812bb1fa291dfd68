using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using Geobuk.Training.Objectives;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Kernels;

/// <summary>Every kernel against the same written with tensors, values and gradients, on shapes with tails.</summary>
public sealed class KernelTests
{
    public KernelTests() => TorchRuntime.Start(new TorchOptions());

    public static TheoryData<ScalarType, int> Sizes => new()
    {
        { ScalarType.Float32, 1 }, { ScalarType.Float32, 16 }, { ScalarType.Float32, 37 }, { ScalarType.Float32, 100 },
        { ScalarType.BFloat16, 5 }, { ScalarType.BFloat16, 32 }, { ScalarType.BFloat16, 77 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void RmsNorm_AgreesWithTheReference(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        using var norm = new RmsNorm(size, 1e-5, CPU);
        using (no_grad()) norm.parameters().Single().copy_(Values(3, size) + 1.5);
        norm.to(type);
        var weight = norm.parameters().Single();
        Compare(type, Values(1, 11, 3, size), weight, input => norm.forward(input), input => norm.Reference(input));
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Gate_AgreesWithTheReference(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        Compare(type, Values(1, 7, 2 * size) * 3, null, input => GateFunction.apply(input), input =>
        {
            var halves = input.chunk(2, -1);
            return nn.functional.silu(halves[0]) * halves[1];
        });
    }

    [Theory]
    [InlineData(ScalarType.Float32, 2)]
    [InlineData(ScalarType.Float32, 40)]
    [InlineData(ScalarType.BFloat16, 64)]
    public void SplitHeads_AgreesWithTheReference(ScalarType type, int size)
    {
        using var scope = NewDisposeScope();
        var (queries, keys, time) = (4, 2, 5);
        var angles = Values(4, 2, 1, time, size / 2) * 3;
        var inputs = new AttentionInputs(angles.cos().to(type), angles.sin().to(type), empty(0));
        Compare(type, Values(1, 2, time, (queries + 2 * keys) * size), null,
            input => cat(SplitHeadsFunction.apply(input, inputs.Cosine, inputs.Sine, queries, keys), 1),
            input =>
            {
                var parts = input.split([queries * size, keys * size, keys * size], -1).Select((part, i) => part.view(2, time, i == 0 ? queries : keys, size).transpose(1, 2)).ToList();
                return cat([inputs.RotateHalves(parts[0]), inputs.RotateHalves(parts[1]), parts[2]], 1);
            });
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void JoinedLinear_AgreesWithTheReference(bool first, bool second)
    {
        using var scope = NewDisposeScope();
        var weights = new[] { Values(1, 3, 6).requires_grad_(first), Values(2, 5, 6).requires_grad_(second) };
        Tensor[] Gradients(Func<Tensor, Tensor> function)
        {
            var input = Values(3, 2, 4, 6).requires_grad_(true);
            (function(input) * Values(4, 2, 4, 8)).sum().backward();
            var result = new[] { input.grad! }.Concat(weights.Where(weight => weight.requires_grad).Select(weight => weight.grad!.clone())).ToArray();
            foreach (var weight in weights) weight.grad = null;
            return result;
        }

        foreach (var (ours, theirs) in Gradients(input => JoinedLinearFunction.apply(input, weights[0], weights[1])).Zip(Gradients(input => cat([.. weights.Select(weight => nn.functional.linear(input, weight))], -1))))
            Assert.True((ours - theirs).abs().max().item<float>() < 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 5, 0)]
    [InlineData(ScalarType.Float32, 100, 0.01)]
    [InlineData(ScalarType.BFloat16, 64, 0.01)]
    public void Softmax_AgreesWithTheReference(ScalarType type, int size, double zLoss)
    {
        using var scope = NewDisposeScope();
        var logits = (Values(1, 9, size) * 8).to(type);
        var targets = tensor(Enumerable.Range(0, 9).Select(i => (long)(i * 7 % size)).ToArray());
        targets[0] = size - 1;
        var weights = Values(2, 9);
        var sum = zeros([], float64);
        var expected = new ChunkedCrossEntropy.Chunk(targets.unsqueeze(1), weights.unsqueeze(1), 0.3).Plain(logits, zLoss, sum);
        var written = logits.clone();
        Assert.Equal(sum.item<double>(), SoftmaxGradient.Write(written, targets, weights, 0.3, zLoss), 1e-3);
        AssertNear(type, expected, written);
    }

    [Fact]
    public void Adam_AgreesWithTheReference()
    {
        using var scope = NewDisposeScope();
        using var still = no_grad();
        var kernel = new AdamKernel(0.9f, 0.95f, 0.01f, 1e-8f, 0.99f);
        var (ours, theirs) = (Enumerable.Range(0, 3).Select(i => Values(i, 1003).abs()).ToList(), Enumerable.Range(0, 3).Select(i => Values(i, 1003).abs()).ToList());
        var gradient = Values(9, 1003);
        unsafe
        {
            var pointers = ours.ConvertAll(values => (nint)Blocks.Pointer(values));
            var change = (nint)Blocks.Pointer(gradient);
            Blocks.ForRows(1003, (_, from, to) => kernel.Update((float*)pointers[0], (float*)pointers[1], (float*)pointers[2], (float*)change, from, to));
        }

        Geobuk.Training.Optimization.WideMoments.Reference(theirs[0], theirs[1], theirs[2], gradient, kernel);
        for (var i = 0; i < 3; i++) AssertNear(ScalarType.Float32, theirs[i], ours[i]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Attend_ByDocuments_AgreesWithTheMask(int documents)
    {
        using var scope = NewDisposeScope();
        var batch = Packed(2, 512, documents);
        var heads = Enumerable.Range(0, 3).Select(i => Values(i, 2, i == 0 ? 6 : 3, 512, 8)).ToList();
        var byMask = new AttentionInputs(empty(0), empty(0), batch.Mask).Attend(heads[0], heads[1], heads[2]);
        var byDocuments = new AttentionInputs(empty(0), empty(0), batch.Mask, null, batch.Documents).Attend(heads[0], heads[1], heads[2]);
        Assert.True((byMask - byDocuments).abs().max().item<float>() < 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 64, 3, 3, 1, 1)]
    [InlineData(ScalarType.Float32, 16, 2, 1, 63, 1)]
    [InlineData(ScalarType.Float32, 48, 4, 2, 65, 3)]
    [InlineData(ScalarType.Float32, 80, 6, 2, 200, 2)]
    [InlineData(ScalarType.Float32, 128, 2, 2, 130, 40)]
    [InlineData(ScalarType.BFloat16, 64, 4, 2, 150, 2)]
    [InlineData(ScalarType.BFloat16, 32, 3, 1, 64, 1)]
    public void CausalAttention_AgreesWithTheMask(ScalarType type, int size, int heads, int groups, int time, int documents)
    {
        using var scope = NewDisposeScope();
        var batch = Packed(2, time, documents);
        Assert.True(CausalAttentionFunction.Fits(empty([2, heads, time, size], type)));
        Compare(type, Values(1, 2, heads + 2 * groups, time, size) * 3, null,
            input => CausalAttentionFunction.apply(Part(input, 0, heads), Part(input, heads, groups), Part(input, heads + groups, groups), batch.Documents!)[0].transpose(1, 2),
            input => nn.functional.scaled_dot_product_attention(Part(input, 0, heads), Repeated(input, heads), Repeated(input, heads + groups), batch.Mask));

        static Tensor Part(Tensor input, int first, int count) => input.narrow(1, first, count);
        Tensor Repeated(Tensor input, int first) => Part(input, first, groups).repeat_interleave(heads / groups, 1);
    }

    [Fact]
    public void CausalAttention_OfADocument_HasTheSameBitsWhateverLiesBesideItAndHoweverManyThreads()
    {
        using var scope = NewDisposeScope();
        var heads = Enumerable.Range(0, 3).Select(i => Values(i, 1, 2, 300, 32)).ToList();
        Tensor Of(int start, int length) => CausalAttentionFunction.apply(heads[0].narrow(2, start, length), heads[1].narrow(2, start, length), heads[2].narrow(2, start, length), new[] { new DocumentSpan(0, 0, length) })[0];
        var alone = cat([Of(0, 90), Of(90, 210)], 1);
        var threads = get_num_threads();
        foreach (var count in new[] { 1, 3 })
        {
            set_num_threads(count);
            var packed = CausalAttentionFunction.apply(heads[0], heads[1], heads[2], new[] { new DocumentSpan(0, 0, 90), new DocumentSpan(0, 90, 210) })[0];
            set_num_threads(threads);
            Assert.Equal(alone.Values<float>(), packed.Values<float>());
        }
    }

    /// <summary>Rows of so many documents of about the same length, a little more in the first.</summary>
    private static PackedBatch Packed(int rows, int time, int documents)
    {
        var ids = Enumerable.Range(0, rows * time).Select(i => Math.Max(0, i % time - 1) * documents / time).ToArray();
        return new PackedBatch(new int[rows * time], new int[rows * time], ids, time, CPU);
    }

    private static void Compare(ScalarType type, Tensor start, Tensor? weight, Func<Tensor, Tensor> ours, Func<Tensor, Tensor> theirs)
    {
        var results = new[] { ours, theirs }.Select(function =>
        {
            var input = start.to(type).detach().requires_grad_(true);
            var output = function(input);
            var pull = Values(8, [.. output.shape]).to(type);
            output.backward([pull]);
            var gradients = new List<Tensor> { output.detach(), input.grad! };
            if (weight is null) return gradients;
            gradients.Add(weight.grad!.clone());
            weight.grad = null;
            return gradients;
        }).ToList();
        foreach (var (expected, got) in results[1].Zip(results[0])) AssertNear(type, expected, got);
    }

    private static void AssertNear(ScalarType type, Tensor expected, Tensor got)
    {
        var (difference, size) = ((expected - got).to(float32).abs().max().item<float>(), expected.to(float32).abs().max().item<float>());
        Assert.True(difference <= (type == ScalarType.Float32 ? 2e-5 : 0.03) * Math.Max(size, 1e-3), $"off by {difference} where the largest is {size}");
    }

    private static Tensor Values(int seed, params long[] shape) => tensor(new CounterRandom(seed, "kernel").Normal(shape.Aggregate((a, b) => a * b), 1), shape);
}
