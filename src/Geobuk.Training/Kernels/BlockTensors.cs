using Geobuk.Models.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Kernels;

/// <summary>
/// Blocks of a GGUF file decoded by tensor operations on the device where they lie, to the bits of <see cref="BlockFormat.Decode"/>. How
/// the parts lie in a block is told at each format, as <see cref="Q4_KBlock"/>.
/// </summary>
internal static class BlockTensors
{
    /// <summary>The blocks' values in fp32.</summary>
    /// <param name="type">A quantized one.</param>
    /// <param name="blocks">uint8, shape [rows, blocks, bytes of a block].</param>
    /// <param name="factors">fp32, shape [rows, blocks, f16 factors of a block], in the order of <see cref="BlockFormat.FactorOffsets"/>.</param>
    /// <returns>Shape [rows, blocks * elements of a block], in the caller's scope.</returns>
    /// <exception cref="ArgumentException">The type is of plain numbers.</exception>
    public static Tensor Decode(GgmlType type, Tensor blocks, Tensor factors)
    {
        using var scope = NewDisposeScope();
        Tensor Factor(long i) => factors.narrow(2, i, 1).unsqueeze(3);
        var values = type switch
        {
            GgmlType.Q8_0 => Signed(Part(blocks, 2, 1, 32)).mul_(Factor(0)),
            GgmlType.Q4_0 => Centred(Fields(blocks, 2, 1, 16, bits: 4), 8).mul_(Factor(0)),
            GgmlType.Q4_1 => Fields(blocks, 4, 1, 16, bits: 4).to(float32).mul_(Factor(0)).PlusInPlace(Factor(1)),
            GgmlType.Q5_0 => Centred(FiveBits(blocks, 2), 16).mul_(Factor(0)),
            GgmlType.Q5_1 => FiveBits(blocks, 4).to(float32).mul_(Factor(0)).PlusInPlace(Factor(1)),
            GgmlType.IQ4_NL => Levels(Fields(blocks, 2, 1, 16, bits: 4)).mul_(Factor(0)),
            GgmlType.Q2_K => Shifted(Grouped(Fields(blocks, 16, 2, 32, bits: 2), 16), And(Part(blocks, 0, 16, 1), 15), ShiftRight(Part(blocks, 0, 16, 1), 4)),
            GgmlType.Q3_K => Centred(Grouped(Joined(Fields(blocks, 32, 2, 32, bits: 2), Fields(blocks, 0, 1, 32, bits: 1), 2), 16), 4)
                .mul_(Centred(Joined(Grouped(Fields(blocks, 96, 1, 8, bits: 4), 1), Grouped(Fields(blocks, 104, 1, 4, bits: 2), 1), 4), 32).mul_(Factor(0))),
            GgmlType.Q4_K => WithSixBits(Fields(blocks, 16, 4, 32, bits: 4)),
            GgmlType.Q5_K => WithSixBits(Joined(Fields(blocks, 48, 4, 32, bits: 4), Fields(blocks, 16, 1, 32, bits: 1), 4)),
            GgmlType.Q6_K => Centred(Grouped(Joined(Grouped(Fields(blocks, 0, 2, 64, bits: 4), 32), Fields(blocks, 128, 2, 32, bits: 2), 4), 16), 32)
                .mul_(Signed(Part(blocks, 192, 16, 1)).mul_(Factor(0))),
            GgmlType.IQ4_XS => Levels(Grouped(Fields(blocks, 8, 8, 16, bits: 4), 32))
                .mul_(Centred(Joined(Fields(blocks, 4, 4, 1, bits: 4), Fields(blocks, 2, 2, 1, bits: 2), 4), 32).mul_(Factor(0))),
            _ => throw new ArgumentException($"{type}: expected a quantized type", nameof(type)),
        };
        return values.view(blocks.shape[0], -1).MoveToOuterDisposeScope();

        // d * scale * code - dmin * minimum.
        Tensor Shifted(Tensor codes, Tensor scales, Tensor minima) => codes.to(float32).mul_(Factor(0) * scales).sub_(Factor(1) * minima);

        // The scales and minima of Q4_K and Q5_K, of eight runs of 32 codes.
        Tensor WithSixBits(Tensor codes)
        {
            var (first, second, third) = (Part(blocks, 4, 4, 1), Part(blocks, 8, 4, 1), Part(blocks, 12, 4, 1));
            var scales = cat([And(first, 63), Joined(And(third, 15), ShiftRight(first, 6), 4)], 2);
            var minima = cat([And(second, 63), Joined(ShiftRight(third, 4), ShiftRight(second, 6), 4)], 2);
            return Shifted(codes, scales, minima);
        }
    }

    /// <summary>Of every run of <paramref name="width"/> bytes the fields of so many bits, all lowest ones first: [rows, blocks, runs * fields of a byte, width].</summary>
    private static Tensor Fields(Tensor blocks, long offset, long runs, long width, int bits)
    {
        var shifts = arange(0, 8, bits, uint8, blocks.device).unsqueeze(1);
        var shifted = Part(blocks, offset, runs, width).unsqueeze(3).bitwise_right_shift(shifts);
        return And(shifted, (byte)((1 << bits) - 1)).view(blocks.shape[0], blocks.shape[1], -1, width);
    }

    /// <summary>32 codes of five bits, as Q5_0 and Q5_1 keep them: the fifth bits in their order, then the nibbles.</summary>
    private static Tensor FiveBits(Tensor blocks, long offset) =>
        Joined(Fields(blocks, offset + 4, 1, 16, bits: 4), Grouped(Fields(blocks, offset, 4, 1, bits: 1), 16), 4);

    /// <summary>Codes with further bits above <paramref name="shift"/>.</summary>
    private static Tensor Joined(Tensor codes, Tensor upper, byte shift) => codes.bitwise_or_(ShiftLeft(upper, shift));

    /// <summary>The same codes in runs of another width.</summary>
    private static Tensor Grouped(Tensor codes, long width) => codes.view(codes.shape[0], codes.shape[1], -1, width);

    /// <summary>The uneven levels that codes of four bits stand for.</summary>
    private static Tensor Levels(Tensor codes)
    {
        var levels = tensor(IQ4_XSBlock.Shape.Levels, device: codes.device);
        return levels.index_select(0, codes.to(int32).view(-1)).view(codes.shape);
    }

    /// <summary>Bytes from an offset in every block: [rows, blocks, runs, width].</summary>
    private static Tensor Part(Tensor blocks, long offset, long runs, long width) => blocks.narrow(2, offset, runs * width).unflatten(2, [runs, width]);

    /// <summary>Bytes as the signed numbers that they are.</summary>
    private static Tensor Signed(Tensor bytes) => Centred(bytes.bitwise_xor(tensor(128, uint8)), 128);

    private static Tensor Centred(Tensor codes, float middle) => codes.to(float32).sub_(tensor(middle));

    private static Tensor And(Tensor bytes, byte mask) => bytes.bitwise_and(tensor(mask, uint8));
    private static Tensor ShiftRight(Tensor bytes, byte count) => bytes.bitwise_right_shift(tensor(count, uint8));
    private static Tensor ShiftLeft(Tensor bytes, byte count) => bytes.bitwise_left_shift(tensor(count, uint8));
}
