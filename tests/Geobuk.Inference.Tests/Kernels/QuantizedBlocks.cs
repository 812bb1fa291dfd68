using System.Runtime.InteropServices;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Random blocks: every bit pattern of weights and packed scales, with finite half-precision scales of either sign.</summary>
internal static class QuantizedBlocks
{
    /// <summary>Bytes of a block, and where its half-precision scales stand.</summary>
    private static (int Elements, int Bytes, int[] Halves) Layout(GgmlType type) => type switch
    {
        GgmlType.Q8_0 => (32, 34, [0]),
        GgmlType.Q4_0 => (32, 18, [0]),
        GgmlType.Q4_1 => (32, 20, [0, 2]),
        GgmlType.Q5_0 => (32, 22, [0]),
        GgmlType.Q5_1 => (32, 24, [0, 2]),
        GgmlType.Q2_K => (256, 84, [80, 82]),
        GgmlType.Q3_K => (256, 110, [108]),
        GgmlType.Q4_K => (256, 144, [0, 2]),
        GgmlType.Q5_K => (256, 176, [0, 2]),
        GgmlType.IQ4_NL => (32, 18, [0]),
        GgmlType.IQ4_XS => (256, 136, [0]),
        GgmlType.Q6_K => (256, 210, [208]),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public static int Elements(GgmlType type) => Layout(type).Elements;

    public static byte[] Random(GgmlType type, int elements, Random random, byte? values = null)
    {
        var (size, bytes, halves) = Layout(type);
        var data = new byte[elements / size * bytes];
        random.NextBytes(data);
        if (values is { } same) data.AsSpan().Fill(same);
        for (var block = 0; block < data.Length; block += bytes)
        {
            foreach (var offset in halves)
            {
                var scale = (Half)((2 * random.NextSingle() - 1) * MathF.Pow(2, random.Next(-18, 0)));
                MemoryMarshal.Write(data.AsSpan(block + offset), scale);
            }
        }
        return data;
    }
}
