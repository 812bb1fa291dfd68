using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Reads a JSON body and says precisely what is wrong with one that cannot be read.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The body as <typeparamref name="T"/>.</summary>
    /// <exception cref="ApiException">Not JSON by its content type or content, not UTF-8, or a field of the wrong type.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        using var document = Parse(await ReadCheckedAsync(context));
        return Bind(RequireObject(document), type);
    }

    /// <summary>The body, which is a JSON object, whatever its fields.</summary>
    /// <exception cref="ApiException">As for <see cref="ReadAsync"/>.</exception>
    public static async Task<JsonDocument> ReadObjectAsync(HttpContext context)
    {
        var document = Parse(await ReadCheckedAsync(context));
        RequireObject(document);
        return document;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadCheckedAsync(HttpContext context)
    {
        // Asking for the type also keeps other web sites' forms out: a browser sends JSON across sites only after a preflight.
        if (!context.Request.HasJsonContentType())
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON. Send the header 'Content-Type: application/json'.");
        using var buffer = new MemoryStream();
        await CopyAsync(context, buffer);
        var bytes = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        return Utf8.IsValid(bytes.Span) ? bytes : throw ApiException.Invalid(null, "The body is not valid UTF-8.", "invalid_json");
    }

    private static JsonDocument RequireObject(JsonDocument document) => document.RootElement.ValueKind == JsonValueKind.Object
        ? document
        : throw ApiException.Invalid(null, "The body must be a JSON object.", "invalid_json");

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

    /// <summary>A client that sends a byte now and then must not hold a connection for ever.</summary>
    private static async Task CopyAsync(HttpContext context, MemoryStream buffer)
    {
        var limit = context.RequestServices.GetRequiredService<ServerOptions>().BodyTimeout;
        using var late = new CancellationTokenSource(limit);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            await context.Request.Body.CopyToAsync(buffer, ending.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(StatusCodes.Status408RequestTimeout, $"The body did not arrive within the {limit.TotalSeconds:0} s this server waits. Send it at once.") { Code = "body_timeout" };
        }
        catch (IOException e) when (e is not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            // A chunk whose size is no size is a failure of reading to the web server, and the client's to mend.
            throw new BadHttpRequestException(e.Message, e);
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            RefuseHalfCharacters(bytes.Span);
            return JsonDocument.Parse(bytes, Strict);
        }
        catch (JsonException e)
        {
            var where = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw ApiException.Invalid(null, $"The body is not valid JSON{where}.", "invalid_json");
        }
    }

    /// <summary>
    /// Half of a surrogate pair is no text, and whoever reads or writes it again fails: refused once, wherever it stands. Only a text with
    /// escapes can hold one in UTF-8.
    /// </summary>
    private static void RefuseHalfCharacters(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\\u"u8) < 0) return;
        var reader = new Utf8JsonReader(bytes);
        string? field = null;
        while (reader.Read())
        {
            var isName = reader.TokenType == JsonTokenType.PropertyName;
            if (!isName && reader.TokenType != JsonTokenType.String) continue;
            if (isName && reader.CurrentDepth == 1) field = null;
            if (!reader.ValueIsEscaped && !(isName && reader.CurrentDepth == 1)) continue;
            try
            {
                var text = reader.GetString();
                if (isName && reader.CurrentDepth == 1) field = text;
            }
            catch (InvalidOperationException)
            {
                throw ApiException.Invalid(field, $"{(field is null ? "The body" : $"'{field}'")} holds half of a surrogate pair, such as \\ud800, in the text at byte {reader.TokenStartIndex + 1}; expected whole characters. Send both halves, or the character itself.", "invalid_json");
            }
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
