namespace Geobuk.Inference.Kernels.InstructionSets;

/// <summary>
/// An instruction set as a type parameter. <typeparamref name="V"/> is a vector of 32-bit lanes, each belonging to one weight row;
/// a lane is read as four bytes, two 16-bit numbers, an integer or a float. Every operation is exact or correctly rounded, so
/// that all instruction sets give the same bits.
/// </summary>
internal unsafe interface IInstructionSet<V> where V : unmanaged
{
    /// <summary>Lanes of a vector: rows computed at once.</summary>
    static abstract int Lanes { get; }
    /// <summary>32 registers: tiles of two vectors by four tokens fit.</summary>
    static abstract bool HasManyRegisters { get; }

    static abstract V Load(byte* source);
    static abstract void Store(V value, byte* target);
    /// <summary>The 32 bits at <paramref name="source"/> in every lane.</summary>
    static abstract V Repeat(byte* source);
    static abstract V Repeat(uint bits);
    /// <summary>One 16-bit number per lane, without sign.</summary>
    static abstract V LoadHalves(byte* source);

    static abstract V And(V a, V b);
    static abstract V Or(V a, V b);
    static abstract V Xor(V a, V b);
    /// <summary>Shifts 16-bit numbers right, zeros coming in.</summary>
    static abstract V ShiftRight16(V a, int count);
    static abstract V ShiftLeft16(V a, int count);
    /// <summary>Shifts 16-bit numbers right, the sign coming in.</summary>
    static abstract V ShiftRightSigned16(V a, int count);
    static abstract V ShiftRight32(V a, int count);
    static abstract V ShiftLeft32(V a, int count);
    /// <summary>Entry of a table of 16 bytes for each byte of <paramref name="indices"/>, which are 0 to 15.</summary>
    static abstract V LookUp(byte* table, V indices);

    /// <summary>The bytes of each lane anew: of the four bytes of <paramref name="pattern"/> 0 to 3 names a byte of the lane, 0x80 a zero.</summary>
    static abstract V Arrange(V a, uint pattern);

    /// <summary>Adds integers.</summary>
    static abstract V Add(V a, V b);
    /// <summary>Low 32 bits of the products of integers.</summary>
    static abstract V Multiply(V a, V b);
    /// <summary>Per lane low * low + high * high of the signed 16-bit halves.</summary>
    static abstract V MultiplyPairs(V a, V b);

    static abstract V ToSingle(V integers);
    static abstract V AddSingle(V a, V b);
    static abstract V MultiplySingle(V a, V b);
    /// <summary>a * b + c, rounded once.</summary>
    static abstract V FusedMultiplyAdd(V a, V b, V c);
}
