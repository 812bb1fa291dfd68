using System.Text.Json;
using System.Text.Json.Serialization;

namespace Geobuk.Compute.Wording;

/// <summary>A statement in JSON: as a text in a language for who reads it, or as phrase and values for who keeps it. Either is read.</summary>
/// <param name="language">The language; null keeps phrase and values.</param>
public sealed class StatementJson(Language? language) : JsonConverter<Statement>
{
    private const string PhraseKey = "phrase", ValuesKey = "of";

    /// <summary>In English.</summary>
    public StatementJson() : this(Language.English) { }

    /// <inheritdoc />
    public override Statement? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return StatementOf(document.RootElement);
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, Statement value, JsonSerializerOptions options)
    {
        if (language is { } spoken) writer.WriteStringValue(value.In(spoken));
        else WriteWhole(writer, value);
    }

    private static void WriteWhole(Utf8JsonWriter writer, Statement statement)
    {
        writer.WriteStartObject();
        writer.WriteString(PhraseKey, JsonNamingPolicy.SnakeCaseLower.ConvertName(statement.Phrase.ToString()));
        writer.WriteStartArray(ValuesKey);
        foreach (var value in statement.Values)
            if (value is Statement inner) WriteWhole(writer, inner);
            else if (value is double number) writer.WriteNumberValue(number);
            else writer.WriteStringValue((string)value);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static Statement StatementOf(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) return Statement.Quoted(json.GetString()!);
        var phrase = json.ValueKind == JsonValueKind.Object && json.TryGetProperty(PhraseKey, out var name) ? name.GetString() : null;
        if (!Enum.TryParse<Phrase>(phrase?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known) || !json.TryGetProperty(ValuesKey, out var values))
            throw new JsonException($"{json.GetRawText()}: no statement that is known here");
        return new Statement(known, [.. values.EnumerateArray().Select(value => value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String => value.GetString()!,
            _ => (object)StatementOf(value),
        })]);
    }
}
