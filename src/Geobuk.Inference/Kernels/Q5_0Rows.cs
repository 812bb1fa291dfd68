using System.Runtime.Intrinsics;

namespace Geobuk.Inference.Kernels;

/// <summary>
/// Q5_0: f16 d, 32 bits with the fifth bit of each element, 16 bytes of nibbles as in Q4_0; value = d (q - 16).
/// </summary>
internal readonly unsafe struct Q5_0Rows : IQuantizedFormat<Q5_0Rows>
{
    public static int BlockSize => 32;
    public static int BlockBytes => 22;
    public static int GroupSize => 32;
    public static bool Signed => false;

    public static void Unpack(byte* block, byte* values, float* scales, float* offsets)
    {
        var d = F16Rows.Finite(block);
        scales[0] = d;
        offsets[0] = -16 * d;
        UnpackCodes(block + 2, values);
    }

    /// <summary>Four bytes of fifth bits and 16 of nibbles to 32 codes.</summary>
    public static void UnpackCodes(byte* packed, byte* values)
    {
        var nibbles = Vector128.Load(packed + 4);
        (nibbles & Vector128.Create((byte)15) | FifthBits(packed[0], packed[1])).Store(values);
        (nibbles >> 4 | FifthBits(packed[2], packed[3])).Store(values + 16);
    }

    /// <summary>16 in each byte whose bit is set, lowest bit first.</summary>
    private static Vector128<byte> FifthBits(byte low, byte high)
    {
        var bits = Vector128.Create(0x8040201008040201).AsByte();
        var spread = Vector128.Create(Vector64.Create(low), Vector64.Create(high));
        return Vector128.Equals(spread & bits, bits) & Vector128.Create((byte)16);
    }
}
