using CsCheck;
using Geobuk.Inference.Kernels;

namespace Geobuk.Inference.Tests.Kernels;

public unsafe class ElementwiseTests
{
    [Fact]
    public void RmsNorm_OfRandomWidth_FollowsTheFormula() => Gen.Select(Gen.Float[-3, 3].Array[1, 40], Gen.Int).Sample((x, seed) =>
    {
        var random = new Random(seed);
        var weight = x.Select(_ => random.NextSingle()).ToArray();
        var got = new float[x.Length];
        fixed (float* source = x, target = got) Elementwise.RmsNorm(source, weight, target, 1e-5f);
        var scale = 1 / Math.Sqrt(x.Sum(value => (double)value * value) / x.Length + 1e-5);
        for (var i = 0; i < x.Length; i++) Assert.Equal(x[i] * scale * weight[i], got[i], 1e-5);
    });

    [Fact]
    public void SwiGlu_OfRandomWidth_FollowsTheFormula() => Gen.Float[-90, 90].Array[1, 40].Sample(x =>
    {
        var gate = x.ToArray();
        var up = x.Reverse().ToArray();
        fixed (float* g = gate, u = up) Elementwise.SwiGlu(g, u, gate.Length);
        for (var i = 0; i < x.Length; i++)
        {
            var want = x[i] / (1 + Math.Exp(-x[i])) * up[i];
            Assert.Equal(want, gate[i], 1e-5 * Math.Abs(want) + 1e-6);
        }
    });
}
