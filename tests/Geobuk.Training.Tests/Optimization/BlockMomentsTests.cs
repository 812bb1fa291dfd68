using Geobuk.Training.Kernels;
using Geobuk.Training.Native;
using Geobuk.Training.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Optimization;

public sealed class BlockMomentsTests
{
    public BlockMomentsTests() => TorchRuntime.Start(new TorchOptions());

    public static TheoryData<bool> Maps => [true, false];

    [Theory]
    [MemberData(nameof(Maps))]
    public void Map_HasTheNumbersOfThePaper(bool signed)
    {
        var map = signed ? DynamicMap.Signed : DynamicMap.Unsigned;
        var values = map.Values.ToArray();
        Assert.Equal(256, values.Distinct().Count());
        Assert.Equal(values.Order(), values);
        Assert.Contains(0, values);
        Assert.Equal(1, values[^1]);
        // Seven decades; the highest has 64 steps of 0.9 / 64, or 128.
        Assert.Equal(signed ? 64 : 128, values.Count(value => value is > 0.1f and < 1));
        Assert.Equal(signed ? 0.55e-6 : 0.325e-6, values.Where(value => value > 0).Min(), 1e-9);
        Assert.Equal(signed ? 127 : 0, values.Count(value => value < 0));
    }

    [Theory]
    [MemberData(nameof(Maps))]
    public void Encode_AnyValue_IsTheNearestNumber(bool signed)
    {
        var map = signed ? DynamicMap.Signed : DynamicMap.Unsigned;
        var random = new Random(1);
        var tried = Enumerable.Range(0, 200_000).Select(_ => (float)((signed && random.Next(2) == 0 ? -1 : 1) * Math.Pow(10, -9 * random.NextDouble())))
            .Concat(map.Values.ToArray()).Concat(map.Boundaries[..^1].ToArray()).Append(0).Append(signed ? -1 : 1);
        foreach (var value in tried)
        {
            var code = map.Encode(value);
            // At a boundary both neighbours are as near, up to its own rounding.
            var found = Math.Abs(map.Values[code] - value) - 1e-6f * Math.Abs(value);
            var below = code > 0 ? Math.Abs(map.Values[code - 1] - value) : float.MaxValue;
            var above = code < 255 ? Math.Abs(map.Values[code + 1] - value) : float.MaxValue;
            if (!signed && value > 0 && code == 1) Assert.True(found <= above, $"{value:r}");
            else Assert.True(found <= below && found <= above, $"{value:r} became {map.Values[code]:r}");
        }
    }

    [Fact]
    public void Encode_ASmallSecondMoment_DoesNotBecomeZero()
    {
        Assert.Equal(0, DynamicMap.Unsigned.Values[DynamicMap.Unsigned.Encode(0)]);
        Assert.True(DynamicMap.Unsigned.Values[DynamicMap.Unsigned.Encode(1e-12f)] > 0);
        Assert.Equal(0, DynamicMap.Signed.Values[DynamicMap.Signed.Encode(1e-12f)]);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1000)]
    [InlineData(5 * 1024 + 3)]
    public void Update_AgreesWithTheReferenceAndStaysNearFp32(int count)
    {
        using var scope = NewDisposeScope();
        var kernel = new AdamKernel(0.9f, 0.95f, 0.01f, 1e-8f, 0.999f);
        var start = arange(count, float32).sin();
        var (fast, slow, wide) = (start.clone(), start.clone(), start.clone());
        using var first = new BlockMoments(fast);
        using var second = new BlockMoments(slow);
        using var third = new WideMoments(wide);
        for (var step = 1; step <= 10; step++)
        {
            // Magnitudes over two decades, some zeros.
            var gradient = (arange(count, float32) * (1.3 + step)).cos() * pow(10, (arange(count, float32) * 0.7).sin()) * (arange(count) % 7 > 0);
            first.Update(fast, gradient, kernel);
            second.Reference(slow, gradient, kernel);
            third.Update(wide, gradient, kernel);
        }
        Assert.InRange((fast - slow).abs().max().item<float>(), 0, 2e-3f);
        Assert.InRange((fast - slow).abs().mean().item<float>(), 0, 1e-5f);
        Assert.InRange(((fast - wide).abs().mean() / (wide - start).abs().mean()).item<float>(), 1e-6f, 0.2f);
        Assert.True(fast.isfinite().all().item<bool>());
        Assert.Equal(["moment1", "moment1_scale", "moment2", "moment2_scale"], first.State.Select(part => part.Name));
        var bytes = first.State.Sum(part => part.Tensor.numel() * part.Tensor.element_size());
        Assert.Equal(2 * count + 8 * ((count + 255) / 256), bytes);
    }
}
