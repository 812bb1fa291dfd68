namespace Geobuk.Corpus.Sources.Tabular;

/// <summary>
/// Walks a structure in Thrift's compact protocol and checks what it claims against the bytes that are left: lengths of texts,
/// counts of lists, nesting. What passes can be given to a library that believes it.
/// </summary>
internal ref struct ThriftCheck(ReadOnlySpan<byte> bytes)
{
    private const int Deepest = 32, MostFields = 64, StructType = 12;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes walked over.</summary>
    public int Position { get; private set; }

    /// <summary>Walks one structure; numbers of its own fields go to <paramref name="numbers"/> by field id.</summary>
    /// <param name="numbers">Receives them.</param>
    /// <param name="depth">Structures around it.</param>
    /// <param name="inner">Field id of a structure in it whose numbers go to <paramref name="innerNumbers"/>.</param>
    /// <param name="innerNumbers">Receives them.</param>
    /// <exception cref="InvalidDataException">A claim that the bytes cannot hold.</exception>
    public void Struct(scoped Span<long> numbers = default, int depth = 0, int inner = -1, scoped Span<long> innerNumbers = default)
    {
        if (depth > Deepest) throw new InvalidDataException($"metadata nested more than {Deepest} deep");
        var id = 0;
        for (var fields = 0; fields < MostFields; fields++)
        {
            var head = Byte();
            if (head == 0) return;
            id = head >> 4 == 0 ? (int)ZigZag() : id + (head >> 4);
            if (id == inner && (head & 0xF) == StructType)
            {
                Struct(innerNumbers, depth + 1);
                continue;
            }
            var value = Value(head & 0xF, depth, inList: false);
            if (id >= 0 && id < numbers.Length) numbers[id] = value;
        }
        throw new InvalidDataException($"metadata of more than {MostFields} fields");
    }

    private long Value(int type, int depth, bool inList)
    {
        switch (type)
        {
            case 1 or 2:
                if (inList) Byte();
                return type == 1 ? 1 : 0;
            case 3:
                return Byte();
            case 4 or 5 or 6:
                return ZigZag();
            case 7:
                Skip(8);
                return 0;
            case 8:
                Skip((long)Varint());
                return 0;
            case 9 or 10:
                List(depth);
                return 0;
            case StructType:
                Struct(default, depth + 1);
                return 0;
            default:
                throw new InvalidDataException($"metadata of type {type}");
        }
    }

    private void List(int depth)
    {
        var head = Byte();
        var count = head >> 4 == 15 ? Varint() : (ulong)(head >> 4);
        if (count > (ulong)(_bytes.Length - Position)) throw new InvalidDataException($"a list of {count} entries in {_bytes.Length - Position} bytes");
        for (ulong i = 0; i < count; i++) Value(head & 0xF, depth + 1, inList: true);
    }

    private void Skip(long count)
    {
        if (count < 0 || count > _bytes.Length - Position) throw new InvalidDataException($"a text of {count} bytes where {_bytes.Length - Position} are left");
        Position += (int)count;
    }

    private byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw new InvalidDataException("metadata that does not end");

    private long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>The next number in base 128, lowest digits first.</summary>
    /// <exception cref="InvalidDataException">It does not end.</exception>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value & long.MaxValue;
        }
        throw new InvalidDataException("a number that does not end");
    }
}
