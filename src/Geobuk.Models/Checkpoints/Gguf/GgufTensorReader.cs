using System.Numerics;
using Geobuk.Models.Quantization;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>Reads the tensor table of the head and holds every tensor against the bytes of the file.</summary>
internal static class GgufTensorReader
{
    /// <summary>Name length, dimension count, one dimension, type, offset.</summary>
    public const int SmallestEntryBytes = 8 + 4 + 8 + 4 + 8;

    private const int MaxNameBytes = 63;
    private const int MemoryOfEntry = 320;
    private const int MaxDimensions = 4;

    /// <summary>ggml's names of the types that Geobuk does not compute, so that the error can say what the file holds.</summary>
    private static readonly Dictionary<int, string> s_otherTypes = new()
    {
        [3] = "Q4_1", [7] = "Q5_1", [9] = "Q8_1", [10] = "Q2_K", [11] = "Q3_K", [13] = "Q5_K", [15] = "Q8_K",
        [16] = "IQ2_XXS", [17] = "IQ2_XS", [18] = "IQ3_XXS", [19] = "IQ1_S", [20] = "IQ4_NL", [21] = "IQ3_S", [22] = "IQ2_S",
        [23] = "IQ4_XS", [24] = "I8", [25] = "I16", [26] = "I32", [27] = "I64", [28] = "F64", [29] = "IQ1_M", [34] = "TQ1_0",
        [35] = "TQ2_0", [39] = "MXFP4", [40] = "NVFP4", [41] = "Q1_0", [42] = "Q2_0",
    };

    /// <summary>The table; offsets are still relative to the data.</summary>
    public static List<GgufTensor> Read(GgufCursor cursor, long count, long alignment)
    {
        var tensors = new List<GgufTensor>();
        var names = new HashSet<string>();
        for (var i = 0L; i < count; i++)
        {
            var tensor = ReadTensor(cursor, i, alignment);
            if (!names.Add(tensor.Name)) throw cursor.Fault($"tensor {tensor.Name} appears twice", "every tensor once");
            tensors.Add(tensor);
        }
        return tensors;
    }

    /// <summary>The table with offsets from the start of the file, inside it and without overlap.</summary>
    public static List<GgufTensor> Place(GgufCursor cursor, List<GgufTensor> tensors, long dataStart, long fileLength)
    {
        var dataBytes = Math.Max(0, fileLength - dataStart);
        foreach (var tensor in tensors)
        {
            if (tensor.Offset > dataBytes || tensor.Bytes > dataBytes - tensor.Offset)
                throw cursor.Fault($"tensor {tensor.Name} is {tensor.Bytes} bytes at {tensor.Offset} of {dataBytes} bytes of data", "a range inside the file, which may be truncated");
        }
        GgufTensor? previous = null;
        foreach (var tensor in tensors.Where(tensor => tensor.Bytes > 0).OrderBy(tensor => tensor.Offset))
        {
            if (previous is not null && tensor.Offset < previous.Offset + previous.Bytes)
                throw cursor.Fault($"tensors {previous.Name} and {tensor.Name} overlap at data byte {tensor.Offset}", "tensors apart from each other");
            previous = tensor;
        }
        return tensors.ConvertAll(tensor => tensor with { Offset = dataStart + tensor.Offset });
    }

    private static GgufTensor ReadTensor(GgufCursor cursor, long index, long alignment)
    {
        cursor.Charge(MemoryOfEntry, $"tensor {index}");
        var name = cursor.ReadText($"name of tensor {index}", smallest: 1, most: MaxNameBytes);
        var count = cursor.Read<uint>($"dimension count of {name}");
        if (count is 0 or > MaxDimensions) throw cursor.Fault($"tensor {name} has {count} dimensions", $"1 to {MaxDimensions}");
        var dimensions = new long[count];
        for (var d = 0; d < dimensions.Length; d++) dimensions[d] = cursor.Read<long>($"dimension {d} of {name}");
        var format = ReadFormat(cursor, name);
        var bytes = CountBytes(cursor, name, dimensions, format);
        var offset = cursor.Read<ulong>($"offset of {name}");
        if (offset > long.MaxValue || (long)offset % alignment != 0)
            throw cursor.Fault($"tensor {name} starts at data byte {offset}", $"a multiple of the alignment {alignment}");
        return new GgufTensor(name, format.Type, dimensions, (long)offset, bytes);
    }

    private static BlockFormat ReadFormat(GgufCursor cursor, string name)
    {
        var type = cursor.Read<int>($"type of {name}");
        if (BlockFormat.TryGet((GgmlType)type, out var format)) return format;
        throw cursor.Fault($"tensor {name} has type {s_otherTypes.GetValueOrDefault(type, "unknown")} ({type})", $"one of {string.Join(", ", BlockFormat.Supported)}");
    }

    private static long CountBytes(GgufCursor cursor, string name, long[] dimensions, BlockFormat format)
    {
        if (dimensions.Any(size => size < 0) || dimensions[0] % format.BlockSize != 0)
            throw cursor.Fault($"tensor {name} has shape [{string.Join(", ", dimensions)}]", $"sizes from 0 up, the first a multiple of {format.BlockSize} for {format.Type}");
        // Zero sizes are allowed by the format but must not hide an overflow of the others.
        var magnitude = dimensions.Aggregate(BigInteger.One, (product, size) => product * Math.Max(size, 1)) * format.BlockBytes;
        if (magnitude > long.MaxValue)
            throw cursor.Fault($"tensor {name} has shape [{string.Join(", ", dimensions)}]", "fewer than 2^63 bytes");
        return format.Bytes(dimensions.Aggregate(1L, (product, size) => product * size));
    }
}
