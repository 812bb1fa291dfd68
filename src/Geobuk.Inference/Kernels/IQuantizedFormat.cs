namespace Geobuk.Inference.Kernels;

/// <summary>
/// A quantized format as what all of them have in common: bytes, and per group of 16 or 32 elements a scale and an offset,
/// value = scale * byte + offset. One integer kernel then serves every format; a new format is one struct with
/// <see cref="Unpack"/>.
/// </summary>
internal unsafe interface IQuantizedFormat<TSelf> where TSelf : struct, IQuantizedFormat<TSelf>
{
    /// <summary>Elements in a block, a multiple of 32.</summary>
    static abstract int BlockSize { get; }
    /// <summary>Bytes in a block of the file.</summary>
    static abstract int BlockBytes { get; }
    /// <summary>Elements that share a scale and an offset: 16 or 32.</summary>
    static abstract int GroupSize { get; }
    /// <summary>The bytes are -128 to 127 and offsets are absent; otherwise they are 0 to 127.</summary>
    static abstract bool Signed { get; }

    /// <summary>Unpacks one block: <see cref="BlockSize"/> bytes in element order, one scale and one offset per group.</summary>
    static abstract void Unpack(byte* block, byte* values, float* scales, float* offsets);
}
