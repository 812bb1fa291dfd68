using System.Buffers.Binary;

namespace Geobuk.Fuzz.Mutations;

/// <summary>Damage that knows nothing of the format.</summary>
internal static class ByteMutations
{
    private const int LongestChunk = 300;
    // Heads are at the front, and what they claim matters most.
    private const int HeadBytes = 2048;

    private static readonly Func<byte[], IReadOnlyList<byte[]>, Random, byte[]>[] s_all =
    [
        Flip, Flip, SetByte, Truncate, Insert, Remove, Duplicate, Splice, Extreme32, Extreme64, Extreme64, Zero, Swap,
    ];

    /// <summary>Damages a file in one way; <paramref name="others"/> are there to splice from.</summary>
    public static byte[] Apply(byte[] file, IReadOnlyList<byte[]> others, Random random) =>
        file.Length == 0 ? Insert(file, others, random) : random.Of(s_all)(file, others, random);

    private static byte[] Flip(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var copy = file.ToArray();
        for (var i = random.Next(1, 5); i > 0; i--) copy[Place(file, random)] ^= (byte)(1 << random.Next(8));
        return copy;
    }

    private static byte[] SetByte(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var copy = file.ToArray();
        copy[Place(file, random)] = (byte)random.Next(256);
        return copy;
    }

    private static byte[] Truncate(byte[] file, IReadOnlyList<byte[]> others, Random random) => file[..Place(file, random)];

    private static byte[] Insert(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var chunk = new byte[random.Next(1, 40)];
        random.NextBytes(chunk);
        var at = random.Next(file.Length + 1);
        return [.. file[..at], .. chunk, .. file[at..]];
    }

    private static byte[] Remove(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var (start, end) = Chunk(file, random);
        return [.. file[..start], .. file[end..]];
    }

    private static byte[] Duplicate(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var (start, end) = Chunk(file, random);
        var at = random.Next(3) == 0 ? random.Next(file.Length + 1) : end;
        return [.. file[..at], .. file[start..end], .. file[at..]];
    }

    private static byte[] Splice(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var other = random.Of(others);
        return [.. file[..Place(file, random)], .. other[Math.Min(other.Length, random.Next(other.Length + 1))..]];
    }

    private static byte[] Extreme32(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        if (file.Length < sizeof(uint)) return Flip(file, others, random);
        var copy = file.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(Math.Min(Place(file, random), file.Length - sizeof(uint))), unchecked((uint)random.Of(Extremes.Numbers)));
        return copy;
    }

    private static byte[] Extreme64(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        if (file.Length < sizeof(ulong)) return Flip(file, others, random);
        var copy = file.ToArray();
        BinaryPrimitives.WriteUInt64LittleEndian(copy.AsSpan(Math.Min(Place(file, random), file.Length - sizeof(ulong))), random.Of(Extremes.Numbers));
        return copy;
    }

    private static byte[] Zero(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var (start, end) = Chunk(file, random);
        var copy = file.ToArray();
        copy.AsSpan(start..end).Clear();
        return copy;
    }

    private static byte[] Swap(byte[] file, IReadOnlyList<byte[]> others, Random random)
    {
        var (start, middle) = Chunk(file, random);
        var end = Math.Min(file.Length, middle + random.Next(1, LongestChunk));
        return [.. file[..start], .. file[middle..end], .. file[start..middle], .. file[end..]];
    }

    private static int Place(byte[] file, Random random) => random.Next(random.Next(3) > 0 ? Math.Min(file.Length, HeadBytes) : file.Length);

    private static (int Start, int End) Chunk(byte[] file, Random random)
    {
        var start = Place(file, random);
        return (start, Math.Min(file.Length, start + random.Next(1, LongestChunk)));
    }
}
