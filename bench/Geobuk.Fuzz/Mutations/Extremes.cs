namespace Geobuk.Fuzz.Mutations;

/// <summary>Values at the edges of what fields can hold.</summary>
internal static class Extremes
{
    /// <summary>As 64-bit patterns; smaller fields take the low bytes.</summary>
    public static readonly ulong[] Numbers =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 13, 31, 32, 63, 64, 65, 255, 256, 1 << 15, 1 << 16, 1 << 20, 1 << 28, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000,
        1UL << 40, 1UL << 61, 1UL << 62, 0x3FFFFFFFFFFFFFE0, 0x7FFFFFFFFFFFFFC0, 0x7FFFFFFFFFFFFFE0, long.MaxValue, 1UL << 63, 0xFFFFFFFFFFFFFFE0, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    /// <summary>As JSON.</summary>
    public static readonly string[] Json =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "2147483647", "2147483648", "4194303", "4294967295", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "1e308", "1e999", "0.5", "1E2", "[]", "{}", "[[]]", "[null]", "[0,0]", "{\"\":null}", "{\"type\":\"Sequence\"}", "{\"a\":{\"a\":{\"a\":{}}}}",
        "\"\"", "\" \"", "\"a\"", "\"가\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"../../etc/passwd\"", "\"<0x-1>\"", "\"Ġ\"", "\"F32\"", "\"I64\"", "\"99\"",
        "\"(a|aa)+$\"", "\"(.*)*\"", "\"\\\\p{Han}+|[^\\\\s&&[^a]]\"", "\"(?i)(?<x>a)\\\\k<x>\"", "\"\\\\s+(?!\\\\S)|.\"", "\"[\"", "\"a{2147483647}\"", "\"(?:a{99999}){99999}\"", "\"\\\\\"", "\"^|$\"",
    ];

    /// <summary>One of a list.</summary>
    public static T Of<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
