using System.Runtime.Intrinsics;
using Geobuk.Models.Quantization;

namespace Geobuk.Models.Tests.Quantization;

/// <summary>Eight groups at once give the bits of one after the other.</summary>
public sealed class LaneGroupsTests
{
    private const int Groups = LaneGroups.Count;

    private static readonly string[] s_kinds = ["normal", "outlier", "positive", "zeros", "constant", "few", "tiny", "huge"];

    [Theory]
    [InlineData(16, 3, true)]
    [InlineData(32, 15, false)]
    [InlineData(32, 31, false)]
    public void WithMinimum_AnyGroups_EqualsTheScalarFit(int size, int most, bool absolute) => Try(size, (values, importance, room) =>
    {
        foreach (var (weighted, grids) in new[] { (false, new RoundingGrids(-0.5f, 0.1f, 16, absolute)), (true, RoundingGrids.Weighted) })
        {
            var (codes, scales, minima, sums) = (new byte[size * Groups], new float[Groups], new float[Groups], new float[Groups]);
            var lanes = new LaneGroups(values, size, room);
            if (weighted) lanes.Weigh(importance, 0.3f, sums);
            else lanes.WeighPlainly(absolute);
            lanes.WithMinimum(most, grids, codes, scales, minima);
            for (var g = 0; g < Groups; g++)
            {
                var part = values.AsSpan(g * size, size);
                var weights = new float[size];
                if (weighted) AssertSame(ScaleFit.Weigh(part, importance.AsSpan(g * size, size), 0.3f, weights), sums[g]);
                else
                {
                    var deviation = absolute ? 0 : MathF.Sqrt(ScaleFit.SumOfSquares(part) / size);
                    for (var i = 0; i < size; i++) weights[i] = deviation + MathF.Abs(part[i]);
                }
                var expected = new byte[size];
                var (scale, minimum) = ScaleFit.WithMinimum(part, weights, most, grids, expected);
                AssertSame(scale, scales[g]);
                AssertSame(minimum, minima[g]);
                Assert.Equal(expected, codes[(g * size)..((g + 1) * size)]);
            }
        }
    });

    [Theory]
    [InlineData(16, 4)]
    [InlineData(16, 32)]
    public void Symmetric_AnyGroups_EqualsTheScalarFit(int size, int half) => Try(size, (values, importance, room) =>
    {
        foreach (var weighted in new[] { false, true })
        {
            var (codes, scales) = (new byte[size * Groups], new float[Groups]);
            var lanes = new LaneGroups(values, size, room);
            if (weighted) lanes.Weigh(importance, null, default);
            else lanes.WeighBySquares();
            lanes.Symmetric(half, codes, scales);
            for (var g = 0; g < Groups; g++)
            {
                var expected = new byte[size];
                AssertSame(ScaleFit.Symmetric(values.AsSpan(g * size, size), weighted ? importance.AsSpan(g * size, size) : default, half, expected), scales[g]);
                Assert.Equal(expected, codes[(g * size)..((g + 1) * size)]);
            }
        }
    });

    [Fact]
    public void SymmetricByPasses_AnyGroups_EqualsTheScalarFit() => Try(16, (values, _, room) =>
    {
        var (codes, scales) = (new byte[16 * Groups], new float[Groups]);
        var lanes = new LaneGroups(values, 16, room);
        lanes.WeighBySquares();
        lanes.SymmetricByPasses(4, codes, scales);
        for (var g = 0; g < Groups; g++)
        {
            var expected = new byte[16];
            AssertSame(ScaleFit.SymmetricByPasses(values.AsSpan(g * 16, 16), 4, expected), scales[g]);
            Assert.Equal(expected, codes[(g * 16)..((g + 1) * 16)]);
        }
    });

    [Fact]
    public void Requantize_TailsIncluded_EqualsTheScalarRounding()
    {
        var values = Group("normal", 45, new Random(3));
        foreach (var (low, high) in new[] { (0, 15), (-32, 31) })
        {
            var codes = new byte[45];
            ScaleFit.Requantize(values, 0.2f, 0.07f, low, high, codes);
            for (var i = 0; i < 45; i++) Assert.Equal(ScaleFit.Code((values[i] + 0.2f) / 0.07f, low, high) - low, codes[i]);
        }
    }

    [Theory]
    [InlineData(GgmlType.Q4_K)]
    [InlineData(GgmlType.Q5_K)]
    [InlineData(GgmlType.Q6_K)]
    public void Decode_InVectors_EqualsWhatTheGridMeans(GgmlType type)
    {
        var format = BlockFormat.Get(type);
        var block = new byte[format.BlockBytes];
        var random = new Random(5);
        for (var round = 0; round < 20; round++)
        {
            var values = Group("normal", 256, random);
            format.Encode(values, [], block);
            var decoded = new float[256];
            format.Decode(block, decoded);
            var (scales, minima) = (new int[format.Grid!.Groups], new int[format.Grid.Groups]);
            var (d, dMin) = format.Grid.ReadScales(block, scales, minima);
            var size = 256 / scales.Length;
            for (var i = 0; i < 256; i++)
            {
                // Some code of the format gives exactly this value, and it is the nearest one to what was encoded, or its neighbour.
                var (step, origin) = ((float)d * scales[i / size], (float)dMin * minima[i / size]);
                Assert.Contains(format.Grid.Shape.Levels, level => step * level - origin == decoded[i]);
                Assert.InRange(MathF.Abs(decoded[i] - values[i]), 0, MathF.Abs(step) * 1.5f + 0.05f);
            }
        }
    }

    private delegate void Check(float[] values, float[] importance, Span<Vector256<float>> room);

    private static void Try(int size, Check check)
    {
        var random = new Random(11);
        Span<Vector256<float>> room = new Vector256<float>[3 * size];
        for (var round = 0; round < 60; round++)
        {
            var values = Enumerable.Range(0, Groups).SelectMany(g => Group(round == 0 ? s_kinds[g] : s_kinds[random.Next(s_kinds.Length)], size, random)).ToArray();
            var importance = Enumerable.Range(0, values.Length).Select(_ => MathF.Pow(random.NextSingle(), 4)).ToArray();
            check(values, importance, room);
        }
    }

    private static float[] Group(string kind, int size, Random random)
    {
        var values = new float[size];
        for (var i = 0; i < size; i++)
        {
            var normal = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            values[i] = kind switch
            {
                "outlier" => i == 3 ? -40 : normal,
                "positive" => 1 + MathF.Abs(normal),
                "zeros" => 0,
                "constant" => -0.7f,
                "few" => random.Next(3) - 1,
                "tiny" => normal * 1e-20f,
                "huge" => normal * 1e8f,
                _ => normal,
            };
        }
        return values;
    }

    private static void AssertSame(float expected, float actual) => Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(actual));
}
