using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Inference.Constraints;

/// <summary>Writes what a schema names as a model would: Hangul as itself, no blanks.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ConstraintJson : JsonSerializerContext
{
    private static ConstraintJson? _plain;

    /// <summary>The instance to use.</summary>
    public static ConstraintJson Plain => _plain ??= new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
