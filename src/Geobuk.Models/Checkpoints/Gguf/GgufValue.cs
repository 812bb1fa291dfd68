using System.Globalization;

namespace Geobuk.Models.Checkpoints.Gguf;

/// <summary>
/// One metadata value: a scalar, a text, or an array of one element type (<c>byte[]</c>, <c>int[]</c>, <c>string[]</c> …).
/// The As… conversions widen between integer types and return null where the value is of another kind or out of range.
/// </summary>
public sealed class GgufValue
{
    private static readonly Dictionary<Type, GgufValueType> s_types = new()
    {
        [typeof(byte)] = GgufValueType.UInt8,
        [typeof(sbyte)] = GgufValueType.Int8,
        [typeof(ushort)] = GgufValueType.UInt16,
        [typeof(short)] = GgufValueType.Int16,
        [typeof(uint)] = GgufValueType.UInt32,
        [typeof(int)] = GgufValueType.Int32,
        [typeof(float)] = GgufValueType.Float32,
        [typeof(bool)] = GgufValueType.Boolean,
        [typeof(string)] = GgufValueType.Text,
        [typeof(ulong)] = GgufValueType.UInt64,
        [typeof(long)] = GgufValueType.Int64,
        [typeof(double)] = GgufValueType.Float64,
    };

    internal GgufValue(object content)
    {
        Content = content;
        if (content is not Array array)
        {
            Type = s_types[content.GetType()];
            return;
        }
        Type = GgufValueType.Array;
        ElementType = s_types[array.GetType().GetElementType()!];
    }

    /// <summary>Type of the value.</summary>
    public GgufValueType Type { get; }
    /// <summary>Type of the elements of an array; null for scalars.</summary>
    public GgufValueType? ElementType { get; }
    /// <summary>The boxed scalar, the string, or the typed array.</summary>
    public object Content { get; }

    /// <summary>An 8-bit unsigned value.</summary>
    public static GgufValue Of(byte value) => new(value);
    /// <summary>An 8-bit signed value.</summary>
    public static GgufValue Of(sbyte value) => new(value);
    /// <summary>A 16-bit unsigned value.</summary>
    public static GgufValue Of(ushort value) => new(value);
    /// <summary>A 16-bit signed value.</summary>
    public static GgufValue Of(short value) => new(value);
    /// <summary>A 32-bit unsigned value.</summary>
    public static GgufValue Of(uint value) => new(value);
    /// <summary>A 32-bit signed value.</summary>
    public static GgufValue Of(int value) => new(value);
    /// <summary>A 64-bit unsigned value.</summary>
    public static GgufValue Of(ulong value) => new(value);
    /// <summary>A 64-bit signed value.</summary>
    public static GgufValue Of(long value) => new(value);
    /// <summary>A 32-bit float.</summary>
    public static GgufValue Of(float value) => new(value);
    /// <summary>A 64-bit float.</summary>
    public static GgufValue Of(double value) => new(value);
    /// <summary>A truth value.</summary>
    public static GgufValue Of(bool value) => new(value);
    /// <summary>A text.</summary>
    public static GgufValue Of(string value) => new(value);
    /// <summary>An array of any element type of the format.</summary>
    /// <exception cref="ArgumentException">The element type is not one of the format's.</exception>
    public static GgufValue ArrayOf<T>(T[] values) =>
        s_types.ContainsKey(typeof(T)) ? new GgufValue(values) : throw new ArgumentException($"no array of {typeof(T)} in GGUF", nameof(values));

    /// <summary>The text, or null.</summary>
    public string? AsText() => Content as string;

    /// <summary>The truth value, or null.</summary>
    public bool? AsBoolean() => Content as bool?;

    /// <summary>The integer of any width, or null.</summary>
    public long? AsInteger() => Content switch
    {
        ulong value => value <= long.MaxValue ? (long)value : null,
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(Content, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The float or integer as double, or null.</summary>
    public double? AsNumber() => Content switch
    {
        float value => value,
        double value => value,
        _ => AsInteger(),
    };

    /// <summary>The texts of a text array, or null.</summary>
    public IReadOnlyList<string>? AsTexts() => Content as string[];

    /// <summary>The elements of an integer array as 32-bit values, or null.</summary>
    public int[]? AsIntegers() => Content switch
    {
        // The runtime lets uint[] pass for int[]; the element type decides instead.
        int[] array when ElementType == GgufValueType.Int32 => array,
        Array array when ElementType is not (GgufValueType.Text or GgufValueType.Boolean or GgufValueType.Float32 or GgufValueType.Float64) => ToInt32(array),
        _ => null,
    };

    /// <summary>The elements of a float array, or null.</summary>
    public float[]? AsSingles() => Content as float[];

    /// <summary>A short form for people: arrays by their length.</summary>
    public override string ToString() => Content is Array array
        ? $"[{array.Length} x {ElementType}]"
        : Convert.ToString(Content, CultureInfo.InvariantCulture)!;

    private static int[]? ToInt32(Array array)
    {
        var result = new int[array.Length];
        for (var i = 0; i < result.Length; i++)
        {
            if (new GgufValue(array.GetValue(i)!).AsInteger() is not (>= int.MinValue and <= int.MaxValue and var value)) return null;
            result[i] = (int)value;
        }
        return result;
    }
}
