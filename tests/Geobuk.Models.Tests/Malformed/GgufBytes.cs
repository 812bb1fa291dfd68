using System.Buffers.Binary;
using System.Text;

namespace Geobuk.Models.Tests.Malformed;

/// <summary>Builds the bytes of a GGUF file by hand, so that each field can be wrong.</summary>
internal sealed class GgufBytes
{
    private readonly List<byte> _bytes = [];

    public GgufBytes(string magic = "GGUF", uint version = 3, ulong tensors = 0, ulong keys = 0) =>
        Raw(Encoding.ASCII.GetBytes(magic)).U32(version).U64(tensors).U64(keys);

    public GgufBytes Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public GgufBytes U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufBytes U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public GgufBytes Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return U64((ulong)bytes.Length).Raw(bytes);
    }

    public GgufBytes Key(string key, uint value) => Text(key).U32(4).U32(value);

    public GgufBytes Tensor(string name, uint type, ulong offset, params ulong[] dimensions)
    {
        Text(name).U32((uint)dimensions.Length);
        foreach (var size in dimensions) U64(size);
        return U32(type).U64(offset);
    }

    /// <summary>Padding to the alignment, then that many bytes of data.</summary>
    public GgufBytes Data(int bytes, int alignment = 32) =>
        Raw(new byte[(alignment - _bytes.Count % alignment) % alignment]).Raw(new byte[bytes]);

    public byte[] ToArray() => [.. _bytes];
}
