using CsCheck;
using Geobuk.Training.DataParallel;
using Geobuk.Training.Native;
using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.DataParallel;

public sealed class GradientExchangeTests
{
    public GradientExchangeTests() => TorchRuntime.Start(new TorchOptions());

    [Fact]
    public void Finish_AnyNumberOfWorkersAndMicroBatches_IsTheSumInOrderBitForBit() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 9], Gen.Int[1, 70], Gen.Int[1, 9], Gen.Int[0, 1 << 20]).Sample((workers, microBatches, rows, columns, seed) =>
    {
        long[][] shapes = [[rows, columns], [rows], [1]];
        var expected = shapes.Select((shape, i) => Enumerable.Range(0, microBatches).Select(micro => Gradient(seed, micro, i, shape)).Aggregate((sum, next) => [.. sum.Zip(next, (a, b) => a + b)])).ToArray();
        var got = ThreadCollective.Run(workers, collective => Summed(collective, shapes, microBatches, (micro, i) => Gradient(seed, micro, i, shapes[i])));
        foreach (var one in got)
            for (var i = 0; i < shapes.Length; i++) Assert.Equal(expected[i], one[i]!);
    }, iter: 60, threads: 1);

    [Fact]
    public void Finish_ParameterWithoutAnyGradient_IsNotDelivered()
    {
        var got = ThreadCollective.Run(2, collective => Summed(collective, [[3, 2], [4]], 2, (micro, i) => i == 1 ? null : micro == 1 ? [1, 2, 3, 4, 5, 6] : null));
        Assert.All(got, one => Assert.Equal([1, 2, 3, 4, 5, 6], one[0]!));
        Assert.All(got, one => Assert.Null(one[1]));
    }

    [Fact]
    public void Finish_MoreValuesThanABucket_AreAllSummed()
    {
        // Two buckets of 4,194,304 values and a little.
        long[] shape = [3, 2_900_000];
        var got = ThreadCollective.Run(2, collective => Summed(collective, [shape], 2, (micro, _) => [.. Enumerable.Range(0, 8_700_000).Select(i => i % 1000 + micro)]));
        Assert.All(got, one => Assert.All(Enumerable.Range(0, 8_700_000 / 4001).Select(i => i * 4001).Append(8_699_999), i => Assert.Equal(2 * (i % 1000) + 1, one[0]![i])));
    }

    private static float[]?[] Summed(ThreadCollective collective, long[][] shapes, int microBatches, Func<int, int, float[]?> gradient)
    {
        var parameters = shapes.Select(shape => new Parameter(zeros(shape))).ToList();
        var exchange = new GradientExchange(collective, parameters);
        for (var first = 0; first < microBatches; first += collective.Workers)
        {
            var micro = first + collective.Rank;
            for (var i = 0; micro < microBatches && i < parameters.Count; i++)
                if (gradient(micro, i) is { } values) parameters[i].grad = tensor(values, shapes[i]);
            exchange.Add(Math.Min(collective.Workers, microBatches - first));
        }
        var sums = new float[]?[shapes.Length];
        exchange.Finish((i, sum) =>
        {
            sums[i] = sum.data<float>().ToArray();
            sum.Dispose();
        });
        Assert.All(parameters, parameter => Assert.Null(parameter.grad));
        parameters.ForEach(parameter => parameter.Dispose());
        return sums;
    }

    /// <summary>Values of very different sizes, whose sum depends on its order.</summary>
    private static float[] Gradient(int seed, int microBatch, int parameter, long[] shape)
    {
        var random = new CounterRandom(seed, $"{microBatch} {parameter}");
        return [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(i => (float)((random.Uniform(2 * i) - 0.5) * Math.Pow(10, 12 * random.Uniform(2 * i + 1) - 6)))];
    }
}
