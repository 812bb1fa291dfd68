namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>Reads the key-value part of the head.</summary>
internal static class GgufMetadataReader
{
    /// <summary>Key length, one byte of key, type, one byte of value.</summary>
    private const int SmallestEntry = 8 + 1 + 4 + 1;

    private const int MaxKeyBytes = 65535;
    // An entry of the dictionary, the objects around key and value.
    private const int MemoryOfEntry = 160;
    private const int MemoryOfText = 32;
    private const int FirstTexts = 1 << 12;

    public const int SmallestEntryBytes = SmallestEntry;

    public static Dictionary<string, GgufValue> Read(GgufCursor cursor, long count)
    {
        var metadata = new Dictionary<string, GgufValue>();
        for (var i = 0L; i < count; i++)
        {
            cursor.Charge(MemoryOfEntry, $"key {i}");
            var key = cursor.ReadText($"key {i}", smallest: 1, most: MaxKeyBytes);
            if (!metadata.TryAdd(key, ReadValue(cursor, key)))
                throw cursor.Fault($"key {key} appears twice", "every key once");
        }
        return metadata;
    }

    private static GgufValue ReadValue(GgufCursor cursor, string key)
    {
        var type = (GgufValueType)cursor.Read<int>($"type of {key}");
        return new GgufValue(type == GgufValueType.Array ? ReadArray(cursor, key) : ReadScalar(cursor, key, type));
    }

    private static object ReadScalar(GgufCursor cursor, string key, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => cursor.Read<byte>(key),
        GgufValueType.Int8 => cursor.Read<sbyte>(key),
        GgufValueType.UInt16 => cursor.Read<ushort>(key),
        GgufValueType.Int16 => cursor.Read<short>(key),
        GgufValueType.UInt32 => cursor.Read<uint>(key),
        GgufValueType.Int32 => cursor.Read<int>(key),
        GgufValueType.Float32 => cursor.Read<float>(key),
        GgufValueType.Boolean => ToBoolean(cursor, key, cursor.Read<byte>(key)),
        GgufValueType.Text => cursor.ReadText($"value of {key}"),
        GgufValueType.UInt64 => cursor.Read<ulong>(key),
        GgufValueType.Int64 => cursor.Read<long>(key),
        GgufValueType.Float64 => cursor.Read<double>(key),
        _ => throw cursor.Fault($"{key} has value type {(int)type}", "a type from 0 to 12"),
    };

    private static Array ReadArray(GgufCursor cursor, string key)
    {
        var type = (GgufValueType)cursor.Read<int>($"element type of {key}");
        return type switch
        {
            GgufValueType.UInt8 => cursor.ReadArray<byte>(key),
            GgufValueType.Int8 => cursor.ReadArray<sbyte>(key),
            GgufValueType.UInt16 => cursor.ReadArray<ushort>(key),
            GgufValueType.Int16 => cursor.ReadArray<short>(key),
            GgufValueType.UInt32 => cursor.ReadArray<uint>(key),
            GgufValueType.Int32 => cursor.ReadArray<int>(key),
            GgufValueType.Float32 => cursor.ReadArray<float>(key),
            GgufValueType.Boolean => Array.ConvertAll(cursor.ReadArray<byte>(key), value => ToBoolean(cursor, key, value)),
            GgufValueType.Text => ReadTexts(cursor, key),
            GgufValueType.UInt64 => cursor.ReadArray<ulong>(key),
            GgufValueType.Int64 => cursor.ReadArray<long>(key),
            GgufValueType.Float64 => cursor.ReadArray<double>(key),
            _ => throw cursor.Fault($"{key} has element type {(int)type}", "a type from 0 to 12 other than array"),
        };
    }

    // Grows with what is there, so that a count alone takes no memory.
    private static string[] ReadTexts(GgufCursor cursor, string key)
    {
        var count = (int)cursor.ReadCount($"length of {key}", sizeof(ulong));
        var texts = new string[Math.Min(count, FirstTexts)];
        for (var i = 0; i < count; i++)
        {
            if (i == texts.Length) Array.Resize(ref texts, (int)Math.Min(count, 2L * i));
            cursor.Charge(MemoryOfText, key);
            texts[i] = cursor.ReadText($"{key}[{i}]");
        }
        return texts;
    }

    private static bool ToBoolean(GgufCursor cursor, string key, byte value) =>
        value <= 1 ? value == 1 : throw cursor.Fault($"{key} is the truth value {value}", "0 or 1");
}
