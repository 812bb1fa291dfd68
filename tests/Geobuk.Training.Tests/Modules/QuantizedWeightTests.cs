using System.Buffers.Binary;
using Geobuk.Models.Quantization;
using Geobuk.Training.Kernels;
using Geobuk.Training.Modules;
using Geobuk.Training.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Tests.Modules;

/// <summary>Against the scalar decoder of every format, to the bit.</summary>
public sealed unsafe class QuantizedWeightTests
{
    private const int Columns = 512;

    private static readonly long[] s_rows = [3, 0, 4, 1, 2];

    public static TheoryData<GgmlType> Types => [.. BlockFormat.Supported.Where(type => type is not (GgmlType.F32 or GgmlType.F16 or GgmlType.BF16))];

    [Theory]
    [MemberData(nameof(Types))]
    public void Decode_BlocksCopiedToADevice_GivesTheBitsOfTheFile(GgmlType type)
    {
        var device = TorchRuntime.Start(TorchOptions.FromEnvironment());
        using var scope = NewDisposeScope();
        var (format, data) = RandomBlocks(type, seed: 1);
        fixed (byte* start = data)
        {
            using var weight = new QuantizedWeight(format, (nint)start, s_rows, Columns);
            weight.Copy(device);
            var decoded = weight.Decode(float32, device);
            Assert.Equal(device.type, decoded.device_type);
            Assert.Equal(Decoded(format, data), decoded.Values<float>());
            Assert.Equal(bfloat16, weight.Decode(bfloat16, device).dtype);
        }
    }

    [Fact]
    public void Decode_PlainNumbers_AreRefused()
    {
        TorchRuntime.Start(new TorchOptions());
        using var scope = NewDisposeScope();
        Assert.Contains("F16: expected a quantized type", Assert.Throws<ArgumentException>(() => BlockTensors.Decode(GgmlType.F16, zeros(1, 1, 2, uint8), zeros(1, 1, 0))).Message);
    }

    /// <summary>All codes and scales that there are; factors of both signs that stay numbers when they are multiplied.</summary>
    private static (BlockFormat Format, byte[] Data) RandomBlocks(GgmlType type, int seed)
    {
        var (format, random) = (BlockFormat.Get(type), new Random(seed));
        var data = new byte[s_rows.Length * format.Bytes(Columns)];
        random.NextBytes(data);
        for (var block = 0; block < data.Length; block += format.BlockBytes)
            foreach (var offset in format.FactorOffsets) BinaryPrimitives.WriteHalfLittleEndian(data.AsSpan(block + offset), (Half)(random.NextSingle() - 0.5f));
        return (format, data);
    }

    private static float[] Decoded(BlockFormat format, byte[] data)
    {
        var (values, bytes) = (new float[s_rows.Length * Columns], (int)format.Bytes(Columns));
        for (var row = 0; row < s_rows.Length; row++) format.Decode(data.AsSpan(row * bytes, bytes), values.AsSpan((int)s_rows[row] * Columns, Columns));
        return values;
    }
}
