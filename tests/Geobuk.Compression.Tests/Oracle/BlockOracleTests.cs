using Geobuk.Models.Quantization;
using Xunit.Abstractions;

namespace Geobuk.Compression.Tests.Oracle;

/// <summary>Every block format, with importance and without: the bytes that ggml's own quantizer makes of the same rows.</summary>
public sealed class BlockOracleTests(ITestOutputHelper output)
{
    private const int Columns = 1024;

    public static TheoryData<GgmlType, bool> Cases
    {
        get
        {
            var cases = new TheoryData<GgmlType, bool>();
            foreach (var type in BlockFormat.Supported.Where(type => type != GgmlType.F32))
            {
                cases.Add(type, false);
                if (BlockFormat.Get(type).BlockSize > 1) cases.Add(type, true);
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Encode_RowsOfManyKinds_GivesTheBytesOfGgml(GgmlType type, bool weighted)
    {
        LlamaCpp.Folder();
        var rows = Rows();
        var importance = weighted ? Importance() : null;
        var format = BlockFormat.Get(type);
        var (blocks, same) = (0, 0);
        foreach (var (kind, row) in rows)
        {
            var expected = LlamaCppQuantizer.QuantizeRow(type, row, importance);
            var actual = new byte[format.Bytes(row.Length)];
            format.Encode(row, importance, actual);
            for (var at = 0; at < expected.Length; at += format.BlockBytes)
            {
                blocks++;
                if (expected.AsSpan(at, format.BlockBytes).SequenceEqual(actual.AsSpan(at, format.BlockBytes))) same++;
                else output.WriteLine($"{type} {(weighted ? "weighted" : "plain")}: a block of {kind} differs");
            }
        }
        Assert.Equal(blocks, same);
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Decode_OfGgmlsBytes_GivesGgmlsValues(GgmlType type, bool weighted)
    {
        LlamaCpp.Folder();
        var format = BlockFormat.Get(type);
        foreach (var (_, row) in Rows().Where(row => row.Kind != "the smallest"))
        {
            var data = LlamaCppQuantizer.QuantizeRow(type, row, weighted ? Importance() : null);
            var values = new float[row.Length];
            format.Decode(data, values);
            Assert.Equal(LlamaCppQuantizer.DequantizeRow(type, data, row.Length), values);
        }
    }

    /// <summary>What fits fail on: outliers, one sign only, constant groups, zeros, subnormal scales, beside ordinary weights.</summary>
    private static List<(string Kind, float[] Row)> Rows()
    {
        var random = new Random(11);
        var rows = new List<(string, float[])>();
        for (var n = 0; n < 24; n++) rows.Add(("normal weights", Gaussian(random, 0.02)));
        for (var n = 0; n < 8; n++)
        {
            rows.Add(("outliers", [.. Gaussian(random, 0.02).Select((value, i) => i % 97 == n ? value * 40 : value)]));
            rows.Add(("one sign", [.. Gaussian(random, 1).Select(value => n % 2 == 0 ? MathF.Abs(value) : -MathF.Abs(value))]));
            rows.Add(("uneven groups", [.. Gaussian(random, 1).Select((value, i) => value * MathF.Pow(2, -(i / 16 % 12)))]));
            rows.Add(("bf16 weights", [.. Gaussian(random, 0.05).Select(value => (float)BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000))]));
        }
        rows.Add(("zeros", new float[Columns]));
        rows.Add(("zero groups", [.. Gaussian(random, 1).Select((value, i) => i / 32 % 3 == 0 ? 0 : value)]));
        rows.Add(("constants", [.. Enumerable.Range(0, Columns).Select(i => (i / 32 % 5 - 2) * 0.25f)]));
        rows.Add(("few levels", [.. Enumerable.Range(0, Columns).Select(i => (i * 7 % 5 - 2) * 0.125f)]));
        rows.Add(("the smallest", [.. Gaussian(random, 1e-7)]));
        return rows;
    }

    private static float[] Importance()
    {
        var random = new Random(12);
        return [.. Gaussian(random, 1).Select(value => value * value * value * value + 0.001f)];
    }

    private static float[] Gaussian(Random random, double deviation)
    {
        var values = new float[Columns];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }
}
