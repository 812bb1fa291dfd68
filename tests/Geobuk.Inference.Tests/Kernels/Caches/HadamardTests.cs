using CsCheck;
using Geobuk.Inference.Kernels.Caches;

namespace Geobuk.Inference.Tests.Kernels.Caches;

public unsafe class HadamardTests
{
    [Fact]
    public void Turn_OfTwoRows_KeepsTheirDotProductAndTwiceGivesThemBack() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int).Sample((blocks, seed) =>
        {
            var random = new Random(seed);
            float[] a = [.. Enumerable.Range(0, 32 * blocks).Select(_ => random.NextSingle() - 0.5f)];
            float[] b = [.. a.Select(_ => random.NextSingle() - 0.5f)];
            var (turnedA, turnedB) = (Turned(a), Turned(b));
            Assert.Equal(a.Zip(b, (x, y) => (double)x * y).Sum(), turnedA.Zip(turnedB, (x, y) => (double)x * y).Sum(), 1e-4);
            Assert.All(Turned(turnedA).Zip(a), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        }, iter: 50);

    [Fact]
    public void Turn_OfOneLargeElement_SpreadsIt()
    {
        var row = new float[32];
        row[5] = 8;
        Assert.All(Turned(row), value => Assert.Equal(MathF.Sqrt(2), MathF.Abs(value), 1e-5f));
    }

    private static float[] Turned(float[] row)
    {
        var copy = row.ToArray();
        fixed (float* x = copy) Hadamard.Turn(x, copy.Length);
        return copy;
    }
}
