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
    /// <summary>Blocks of this type can be decoded here.</summary>
    public static bool Knows(GgmlType type) => type is GgmlType.Q8_0 or GgmlType.Q4_0 or GgmlType.Q4_K or GgmlType.Q5_K or GgmlType.Q6_K;

    /// <summary>The blocks' values in fp32.</summary>
    /// <param name="type">One that <see cref="Knows"/> affirms.</param>
    /// <param name="blocks">uint8, shape [rows, blocks, bytes of a block].</param>
    /// <param name="factors">fp32, shape [rows, blocks, f16 factors of a block], in the order of <see cref="BlockFormat.FactorOffsets"/>.</param>
    /// <returns>Shape [rows, blocks * elements of a block], in the caller's scope.</returns>
    /// <exception cref="ArgumentException">The type is not known.</exception>
    public static Tensor Decode(GgmlType type, Tensor blocks, Tensor factors)
    {
        using var scope = NewDisposeScope();
        var d = factors.narrow(2, 0, 1).unsqueeze(3);
        var values = type switch
        {
            GgmlType.Q8_0 => Signed(Part(blocks, 2, 1, 32)).mul_(d),
            GgmlType.Q4_0 => Centred(Nibbles(blocks, 2, 1, 16), 8).mul_(d),
            GgmlType.Q4_K => Shifted(Nibbles(blocks, 16, 4, 32), blocks, factors),
            GgmlType.Q5_K => Shifted(Nibbles(blocks, 48, 4, 32).bitwise_or_(Upper(blocks, 16, 1, bits: 1)), blocks, factors),
            GgmlType.Q6_K => Centred(Nibbles(blocks, 0, 2, 64).view(Shape(blocks, 8, 32)).bitwise_or_(Upper(blocks, 128, 2, bits: 2)), 32)
                .view(Shape(blocks, 16, 16)).mul_(Signed(Part(blocks, 192, 16, 1)).mul_(d)),
            _ => throw new ArgumentException($"{type}: expected Q8_0, Q4_0, Q4_K, Q5_K or Q6_K", nameof(type)),
        };
        return values.view(blocks.shape[0], -1).MoveToOuterDisposeScope();
    }

    /// <summary>d * scale * code - dmin * minimum for eight runs of 32 codes, with the 6-bit scales and minima of Q4_K and Q5_K.</summary>
    private static Tensor Shifted(Tensor codes, Tensor blocks, Tensor factors)
    {
        var (first, second, third) = (Part(blocks, 4, 4, 1), Part(blocks, 8, 4, 1), Part(blocks, 12, 4, 1));
        var scales = cat([And(first, 63), And(third, 15).bitwise_or_(ShiftLeft(ShiftRight(first, 6), 4))], 2);
        var minima = cat([And(second, 63), ShiftRight(third, 4).bitwise_or_(ShiftLeft(ShiftRight(second, 6), 4))], 2);
        return codes.to(float32).mul_(factors.narrow(2, 0, 1).unsqueeze(3) * scales).sub_(factors.narrow(2, 1, 1).unsqueeze(3) * minima);
    }

    /// <summary>Of every run of <paramref name="width"/> bytes the low nibbles, then the high ones: [rows, blocks, 2 * runs, width].</summary>
    private static Tensor Nibbles(Tensor blocks, long offset, long runs, long width)
    {
        var bytes = Part(blocks, offset, runs, width);
        return stack([And(bytes, 15), ShiftRight(bytes, 4)], 3).view(Shape(blocks, 2 * runs, width));
    }

    /// <summary>Bits above the nibbles of eight runs of 32 codes, for as many runs as it has room for in each of the pieces of 32 bytes: [rows, blocks, 8, 32].</summary>
    private static Tensor Upper(Tensor blocks, long offset, long pieces, int bits)
    {
        var shifts = arange(0, 8, bits, uint8, blocks.device).unsqueeze(1);
        var shifted = Part(blocks, offset, pieces, 32).unsqueeze(3).bitwise_right_shift(shifts);
        return ShiftLeft(And(shifted, (byte)((1 << bits) - 1)), 4).view(Shape(blocks, 8, 32));
    }

    /// <summary>Bytes from an offset in every block: [rows, blocks, runs, width].</summary>
    private static Tensor Part(Tensor blocks, long offset, long runs, long width) => blocks.narrow(2, offset, runs * width).unflatten(2, [runs, width]);

    private static long[] Shape(Tensor blocks, long runs, long width) => [blocks.shape[0], blocks.shape[1], runs, width];

    /// <summary>Bytes as the signed numbers that they are.</summary>
    private static Tensor Signed(Tensor bytes) => Centred(bytes.bitwise_xor(tensor(128, uint8)), 128);

    private static Tensor Centred(Tensor codes, float middle) => codes.to(float32).sub_(tensor(middle));

    private static Tensor And(Tensor bytes, byte mask) => bytes.bitwise_and(tensor(mask, uint8));
    private static Tensor ShiftRight(Tensor bytes, byte count) => bytes.bitwise_right_shift(tensor(count, uint8));
    private static Tensor ShiftLeft(Tensor bytes, byte count) => bytes.bitwise_left_shift(tensor(count, uint8));
}
