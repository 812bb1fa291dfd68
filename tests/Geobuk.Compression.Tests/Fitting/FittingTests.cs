using Geobuk.Compression.Fitting;
using Geobuk.Models.Quantization;

namespace Geobuk.Compression.Tests.Fitting;

public sealed class FittingTests
{
    public static TheoryData<GgmlType> Grids => [.. BlockFormat.Supported.Where(type => BlockFormat.Get(type).Grid is not null)];

    /// <summary>What is read of a block and written with codes rounded anew decodes to what the block decodes to.</summary>
    [Theory]
    [MemberData(nameof(Grids))]
    public void Write_WhatWasRead_GivesTheSameValues(GgmlType type)
    {
        var format = BlockFormat.Get(type);
        var grid = format.Grid!;
        var (block, again) = (new byte[format.BlockBytes], new byte[format.BlockBytes]);
        var (values, back) = (new float[256], new float[256]);
        format.Encode(Normal(256, 3), [], block);
        format.Decode(block, values);
        var (scales, minima) = (new int[grid.Groups], new int[grid.Groups]);
        var (d, dMin) = grid.ReadScales(block, scales, minima);
        var codes = new byte[256];
        for (var i = 0; i < 256; i++)
        {
            var group = i / grid.Shape.GroupSize;
            codes[i] = (byte)grid.Shape.Nearest((values[i] + (float)dMin * minima[group]) / ((float)d * scales[group]));
        }
        grid.Write(d, dMin, scales, minima, codes, again);
        format.Decode(again, back);
        Assert.Equal(values, back);
    }

    [Theory]
    [MemberData(nameof(Grids))]
    public void Improve_AnyBlock_LowersTheWeightedErrorAndNeverRaisesIt(GgmlType type)
    {
        var format = BlockFormat.Get(type);
        var search = new JointSearch(format.Grid!);
        var weights = Array.ConvertAll(Normal(256, 5), value => value * value + 0.01f);
        var (before, after) = (0.0, 0.0);
        for (var seed = 0; seed < 40; seed++)
        {
            var values = Normal(256, 100 + seed);
            if (seed % 4 == 0) values[seed] *= 20;
            var block = new byte[format.BlockBytes];
            format.Encode(values, weights, block);
            var plain = Error(format, block, values, weights);
            search.Improve(values, weights, block);
            var improved = Error(format, block, values, weights);
            Assert.True(improved <= plain * 1.0001, $"{type}, block {seed}: {plain} became {improved}");
            (before, after) = (before + plain, after + improved);
        }
        Assert.True(after < before, $"{type}: {before} became {after}");
    }

    /// <summary>Correlated inputs: what a column lost is made good by its neighbours.</summary>
    [Theory]
    [MemberData(nameof(Grids))]
    public void Encode_WithFeedback_LowersTheErrorOfTheOutputs(GgmlType type)
    {
        const int Columns = 512, Inputs = 2000, Rows = 6;
        var format = BlockFormat.Get(type);
        var inputs = Correlated(Inputs, Columns);
        var moments = new InputMoments(Columns);
        moments.Add(inputs, Inputs);
        var factors = moments.FeedbackFactors(Columns, 0.01);
        var (plain, fed) = (0.0, 0.0);
        for (var row = 0; row < Rows; row++)
        {
            var weights = Normal(Columns, 50 + row);
            plain += OutputError(format, weights, inputs, null);
            fed += OutputError(format, weights, inputs, factors);
        }
        Assert.True(fed < 0.75 * plain, $"{type}: {plain} became {fed}");
    }

    /// <summary>Columns that were padded with zeros stay zeros and take nothing over.</summary>
    [Fact]
    public void FeedbackFactors_OfPaddedColumns_TouchNothing()
    {
        var moments = new InputMoments(256);
        moments.Add(Correlated(300, 256), 300);
        var factors = moments.FeedbackFactors(512, 0.01);
        for (var i = 0; i < 256; i++)
            for (var j = 256; j < 512; j++) Assert.Equal(0, factors[i * 512 + j]);
    }

    private static double OutputError(BlockFormat format, float[] weights, float[] inputs, float[]? factors)
    {
        var data = new byte[format.Bytes(weights.Length)];
        new RowFitter(format, null, factors, joint: false).Encode(weights, data);
        var decoded = new float[weights.Length];
        format.Decode(data, decoded);
        var error = 0.0;
        for (var n = 0; n < inputs.Length / weights.Length; n++)
        {
            var difference = 0.0;
            for (var i = 0; i < weights.Length; i++) difference += (weights[i] - decoded[i]) * inputs[n * weights.Length + i];
            error += difference * difference;
        }
        return error;
    }

    private static double Error(BlockFormat format, byte[] block, float[] values, float[] weights)
    {
        var decoded = new float[values.Length];
        format.Decode(block, decoded);
        return Enumerable.Range(0, values.Length).Sum(i => weights[i] * Math.Pow(values[i] - decoded[i], 2));
    }

    /// <summary>Forty directions and a little noise.</summary>
    private static float[] Correlated(int count, int columns)
    {
        const int Directions = 40;
        var (mixing, hidden, noise) = (Normal(Directions * columns, 1), Normal(count * Directions, 2), Normal(count * columns, 4));
        var inputs = new float[count * columns];
        for (var n = 0; n < count; n++)
            for (var i = 0; i < columns; i++)
            {
                var sum = 0.2f * noise[n * columns + i];
                for (var k = 0; k < Directions; k++) sum += hidden[n * Directions + k] * mixing[k * columns + i] * 0.15f;
                inputs[n * columns + i] = sum;
            }
        return inputs;
    }

    private static float[] Normal(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
