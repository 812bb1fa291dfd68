using System.Text.Encodings.Web;
using System.Text.Json;

namespace Geobuk.Samples.Generator;

/// <summary>One object on one line, Korean left readable.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";
}
