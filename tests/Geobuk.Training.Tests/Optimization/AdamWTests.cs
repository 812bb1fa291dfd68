using Geobuk.Recipes;
using Geobuk.Training.Native;
using TorchSharp;
using AdamW = Geobuk.Training.Optimization.AdamW;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Optimization;

public sealed class AdamWTests
{
    private static readonly TrainConfig s_config = new() { WeightDecay = 0.1 };

    public AdamWTests() => TorchRuntime.Start(new TorchOptions());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Step_SeveralTimes_AgreesWithTorch(bool matrix)
    {
        using var scope = NewDisposeScope();
        long[] shape = matrix ? [5, 7] : [35];
        var start = Values(0, shape);
        var (ours, theirs) = (nn.Parameter(start.clone()), nn.Parameter(start.clone()));
        using var optimizer = new AdamW(s_config, [("w", ours)]);
        // Only matrices decay.
        var oracle = optim.AdamW([theirs], lr: 0.01, beta1: s_config.Beta1, beta2: s_config.Beta2, eps: 1e-8, weight_decay: matrix ? 0.1 : 0);
        for (var step = 1; step <= 5; step++)
        {
            // Two micro-batches add up.
            theirs.grad = Values(step, shape) + Values(-step, shape);
            foreach (var sign in new[] { 1, -1 })
            {
                (ours * Values(sign * step, shape)).sum().backward();
                optimizer.Accumulate();
            }
            optimizer.Step(0.01);
            oracle.step();
        }

        Assert.InRange((ours - theirs).abs().max().item<float>(), 0, 1e-6f);
        Assert.True((ours - start).abs().max().item<float>() > 0.02);
    }

    [Fact]
    public void Step_Bf16Parameter_MovesLikeItsFp32Master()
    {
        using var scope = NewDisposeScope();
        var start = Values(0, [4, 8]).to(bfloat16);
        var (narrow, wide) = (nn.Parameter(start.clone()), nn.Parameter(start.to(float32)));
        using var first = new AdamW(s_config, [("w", narrow)]);
        using var second = new AdamW(s_config, [("w", wide)]);
        for (var step = 1; step <= 20; step++) Step(first, narrow, bfloat16);
        for (var step = 1; step <= 20; step++) Step(second, wide, float32);

        Assert.InRange((first.State().First().Tensor - wide).abs().max().item<float>(), 0, 1e-5f);
        Assert.InRange((narrow.to(float32) - wide).abs().max().item<float>(), 0, 0.01f);

        // Weights of one keep the gradient the same, and exact, in both types.
        static void Step(AdamW optimizer, Parameter parameter, ScalarType type)
        {
            (parameter * ones(4, 8, type)).sum().backward();
            optimizer.Accumulate();
            optimizer.Step(1e-4);
        }
    }

    [Fact]
    public void Clip_LargeGradients_AreScaledToTheNormTogether()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (nn.Parameter(zeros(3)), nn.Parameter(zeros(1)));
        using var optimizer = new AdamW(s_config, [("a", a), ("b", b)]);
        (a.sum() * 2 + b.sum() * 2).backward();
        optimizer.Accumulate();

        Assert.Equal(4, optimizer.Norm().item<double>(), 1e-6);
        optimizer.Clip(4, 1);
        Assert.Equal(1, optimizer.Norm().item<double>(), 1e-5);
        optimizer.Clip(1, 10);
        optimizer.Clip(double.NaN, 1);
        optimizer.Clip(4, null);
        Assert.Equal(1, optimizer.Norm().item<double>(), 1e-5);
        optimizer.DiscardGradients();
        Assert.Equal(0, optimizer.Norm().item<double>());
    }

    /// <summary>Numbers between -1 and 1 that differ from seed to seed.</summary>
    private static Tensor Values(int seed, long[] shape) => (arange(35, float32) * (1.7 + seed) + seed * 0.3).sin().narrow(0, 0, shape.Aggregate((x, y) => x * y)).view(shape);
}
