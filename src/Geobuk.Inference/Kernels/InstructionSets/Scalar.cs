using static System.BitConverter;

namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>No vectors: one row at a time, for any machine and as what the other instruction sets are held against.</summary>
internal readonly unsafe struct Scalar : IInstructionSet<uint>
{
    public static int Lanes => 1;
    public static bool HasManyRegisters => false;

    public static uint Load(byte* source) => *(uint*)source;
    public static void Store(uint value, byte* target) => *(uint*)target = value;
    public static uint Repeat(byte* source) => *(uint*)source;
    public static uint Repeat(uint bits) => bits;
    public static uint LoadHalves(byte* source) => *(ushort*)source;

    public static uint And(uint a, uint b) => a & b;
    public static uint Or(uint a, uint b) => a | b;
    public static uint Xor(uint a, uint b) => a ^ b;
    public static uint ShiftRight16(uint a, int count) => Halves((ushort)(Low(a) >> count), (ushort)(High(a) >> count));
    public static uint ShiftLeft16(uint a, int count) => unchecked(Halves((ushort)(Low(a) << count), (ushort)(High(a) << count)));
    public static uint ShiftRightSigned16(uint a, int count) =>
        unchecked(Halves((ushort)((short)Low(a) >> count), (ushort)((short)High(a) >> count)));
    public static uint ShiftRight32(uint a, int count) => a >> count;
    public static uint ShiftLeft32(uint a, int count) => a << count;

    public static uint LookUp(byte* table, uint indices)
    {
        uint bytes = 0;
        for (var i = 0; i < 32; i += 8) bytes |= (uint)table[indices >> i & 15] << i;
        return bytes;
    }

    public static uint Arrange(uint a, uint pattern)
    {
        uint bytes = 0;
        for (var i = 0; i < 32; i += 8)
        {
            var from = pattern >> i & 0xFF;
            if (from < 4) bytes |= (a >> (int)(8 * from) & 0xFF) << i;
        }
        return bytes;
    }

    public static uint Add(uint a, uint b) => unchecked(a + b);
    public static uint Multiply(uint a, uint b) => unchecked(a * b);
    public static uint MultiplyPairs(uint a, uint b) =>
        unchecked((uint)((short)Low(a) * (short)Low(b) + (short)High(a) * (short)High(b)));

    public static uint ToSingle(uint integers) => SingleToUInt32Bits(unchecked((int)integers));
    public static uint AddSingle(uint a, uint b) => SingleToUInt32Bits(UInt32BitsToSingle(a) + UInt32BitsToSingle(b));
    public static uint MultiplySingle(uint a, uint b) => SingleToUInt32Bits(UInt32BitsToSingle(a) * UInt32BitsToSingle(b));
    public static uint FusedMultiplyAdd(uint a, uint b, uint c) =>
        SingleToUInt32Bits(MathF.FusedMultiplyAdd(UInt32BitsToSingle(a), UInt32BitsToSingle(b), UInt32BitsToSingle(c)));

    private static ushort Low(uint a) => unchecked((ushort)a);
    private static ushort High(uint a) => (ushort)(a >> 16);
    private static uint Halves(ushort low, ushort high) => low | (uint)high << 16;
}
