using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Geobuk.Server.Api;

/// <summary>Reads a JSON body and says precisely what is wrong with one that cannot be read.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The body as <typeparamref name="T"/>.</summary>
    /// <exception cref="ApiException">Not JSON by its content type or content, not UTF-8, or a field of the wrong type.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        // Asking for the type also keeps other web sites' forms out: a browser sends JSON across sites only after a preflight.
        if (!context.Request.HasJsonContentType())
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON. Send the header 'Content-Type: application/json'.");
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (!Utf8.IsValid(bytes.Span)) throw ApiException.Invalid(null, "The body is not valid UTF-8.", "invalid_json");
        using var document = Parse(bytes);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw ApiException.Invalid(null, "The body must be a JSON object.", "invalid_json");
        return Bind(document, type);
    }

    /// <summary>The text of a JSON string; <paramref name="place"/> names it in the error.</summary>
    /// <exception cref="ApiException">Not a string, or half of a surrogate pair is in it.</exception>
    public static string Text(JsonElement element, string place)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw ApiException.Invalid(place, $"'{place}' is {Kind(element)}; expected a string.", "invalid_type");
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid(place, $"'{place}' holds half of a surrogate pair; expected whole characters.", "invalid_json");
        }
    }

    /// <summary>What a value is, in words.</summary>
    public static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        _ => "null",
    };

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, Strict);
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw ApiException.Invalid(null, $"The body is not valid JSON{where}.", "invalid_json");
        }
    }

    private static T Bind<T>(JsonDocument document, JsonTypeInfo<T> type)
    {
        try
        {
            return document.Deserialize(type)!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            var place = (e as JsonException)?.Path is { Length: > 2 } path ? path[2..] : null;
            var message = place is null ? "A field has a value that cannot be read." : $"'{place}' has a value of the wrong type or size.";
            throw ApiException.Invalid(place, message, "invalid_type");
        }
    }
}
