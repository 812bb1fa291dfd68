using System.Text.Json;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>A document of schemas: where its references lead, and its errors.</summary>
internal sealed class SchemaDocument
{
    private readonly JsonElement _root;
    private readonly string _place;
    private Dictionary<string, SchemaPart>? _named;

    public SchemaDocument(JsonElement root, string place) => (_root, _place, Root) = (root, place, new SchemaPart(root, ""));

    /// <summary>The document as a schema.</summary>
    public SchemaPart Root { get; }

    /// <summary>A place within, for errors.</summary>
    public string Place(string path) => _place + path;

    /// <summary>An error at a place.</summary>
    public UserInputException Wrong(string path, string found, string expected) => new($"{_place}{path}: {found}; expected {expected}. Correct or simplify the schema.");

    /// <summary>The schema that a reference names: by pointer, anchor or identifier.</summary>
    /// <exception cref="UserInputException">It is not in this document.</exception>
    public SchemaPart Resolve(SchemaPart part, string keyword)
    {
        var value = part.Find(keyword)!.Value;
        var name = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong($"{part.Path}/{keyword}", $"is {Shown(value)}", "a text");
        var (resource, fragment) = name.IndexOf('#') is var mark and >= 0 ? (name[..mark], Uri.UnescapeDataString(name[(mark + 1)..])) : (name, "");
        var from = resource.Length == 0 ? Root : Named().GetValueOrDefault(resource) ?? Named().GetValueOrDefault(Absolute(resource)) ?? throw Missing();
        if (fragment.Length == 0) return from;
        if (fragment[0] != '/') return Named().GetValueOrDefault("#" + fragment) ?? throw Missing();
        foreach (var segment in fragment[1..].Split('/'))
        {
            var step = segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            var inner = from.Find(step);
            if (inner is null && from.Schema.ValueKind == JsonValueKind.Array && int.TryParse(step, out var index) && index >= 0 && index < from.Schema.GetArrayLength()) inner = from.Schema[index];
            from = from.At(inner ?? throw Missing(), step);
        }
        return from;

        UserInputException Missing() => Wrong($"{part.Path}/{keyword}", $"is \"{name}\", which is not in this schema", "a reference into it, such as #/$defs/item");
    }

    /// <summary>A keyword's whole number from 0 on; null where there is none.</summary>
    /// <exception cref="UserInputException">It is another value, or above <paramref name="most"/>.</exception>
    public int? Count(SchemaPart part, string keyword, int most)
    {
        if (part.Find(keyword) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.Truncate(number) == number && number >= 0 && number <= most) return (int)number;
        throw Wrong($"{part.Path}/{keyword}", $"is {Shown(value)}", $"0 to {most}");
    }

    /// <summary>A value for an error.</summary>
    public static string Shown(JsonElement value) => value.GetRawText() is var text && text.Length > 100 ? text[..100] + "…" : text;

    private string Absolute(string resource) =>
        Id(_root) is { } own && Uri.TryCreate(own, UriKind.Absolute, out var start) && Uri.TryCreate(start, resource, out var absolute) ? absolute.ToString() : resource;

    private static string? Id(JsonElement schema) =>
        (schema.TryGetProperty("$id", out var id) || schema.TryGetProperty("id", out id)) && id.ValueKind == JsonValueKind.String ? id.GetString()!.TrimEnd('#') : null;

    private Dictionary<string, SchemaPart> Named()
    {
        if (_named is not null) return _named;
        _named = [];
        Walk(Root);
        return _named;

        void Walk(SchemaPart part)
        {
            if (part.Schema.ValueKind == JsonValueKind.Array)
            {
                var i = 0;
                foreach (var item in part.Schema.EnumerateArray()) Walk(part.At(item, $"{i++}"));
            }
            if (part.Schema.ValueKind != JsonValueKind.Object) return;
            if (Id(part.Schema) is { Length: > 0 } id)
            {
                _named.TryAdd(id, part);
                _named.TryAdd(Absolute(id), part);
            }
            foreach (var anchor in (ReadOnlySpan<string>)["$anchor", "$dynamicAnchor"])
                if (part.Find(anchor) is { ValueKind: JsonValueKind.String } name && !_named.TryAdd("#" + name.GetString(), part)) throw Wrong(part.Path, $"has the {anchor} \"{name.GetString()}\" again", "each once");
            foreach (var property in part.Schema.EnumerateObject()) Walk(part.At(property.Value, property.Name));
        }
    }
}
