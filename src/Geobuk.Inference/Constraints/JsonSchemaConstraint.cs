using System.Text.Json;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Reads a JSON schema into an automaton whose sentences are compact JSON texts that fit it. Properties come in the schema's order;
/// a keyword that cannot be honoured is refused by name. A value without a schema, and a schema that refers to itself, may nest so
/// deep: an automaton counts no brackets.
/// </summary>
internal sealed class JsonSchemaConstraint
{
    private const int Deepest = 5;
    private const int DeepestSchema = 24;
    private const int MostItems = 1000, MostCharacters = 100_000, LongestPattern = 10_000;
    private const string AnyInteger = "-?(0|[1-9][0-9]{0,17})", AnyNumber = AnyInteger + "(\\.[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?";
    private const decimal LargestBound = 999_999_999_999_999_999;

    private static readonly HashSet<string> s_silent =
    [
        "$schema", "$id", "id", "$comment", "$defs", "definitions", "title", "description", "default", "example", "examples", "deprecated", "readOnly",
        "writeOnly", "$anchor", "$vocabulary", "contentMediaType", "contentEncoding", "contentSchema", "discriminator", "externalDocs", "xml",
        "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "const", "anyOf", "oneOf", "allOf",
        "$ref", "pattern", "minLength", "maxLength", "format", "nullable", "propertyOrdering", "strict", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum",
    ];

    private static readonly JsonElement s_anything = JsonDocument.Parse("true").RootElement;
    private static readonly (int, int)[] s_plain = [(0x20, 0x21), (0x23, 0x5B), (0x5D, 0x10FFFF)];

    private static readonly Dictionary<string, string> s_formats = new()
    {
        ["date"] = @"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])",
        ["time"] = @"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?",
        ["date-time"] = @"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
        ["uuid"] = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ["email"] = @"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+",
        ["ipv4"] = @"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}",
    };

    private readonly ByteAutomaton _automaton;
    private readonly JsonElement _root;
    private readonly string _place;
    private int _depth;

    private JsonSchemaConstraint(ByteAutomaton automaton, JsonElement root, string place) => (_automaton, _root, _place) = (automaton, root, place);

    /// <summary>Builds a text that fits the schema before <paramref name="next"/> and returns its beginning.</summary>
    /// <exception cref="UserInputException">A keyword that cannot be honoured or has an impossible value, or too large.</exception>
    public static int Build(ByteAutomaton automaton, JsonElement schema, string place, int next) =>
        new JsonSchemaConstraint(automaton, schema, place).Value(schema, "", 0, next);

    /// <summary>Any JSON object.</summary>
    public static int BuildObject(ByteAutomaton automaton, int next) => new JsonSchemaConstraint(automaton, default, "json").AnyObject(Deepest, next);

    private int Value(JsonElement schema, string path, int recursion, int next)
    {
        if (++_depth > DeepestSchema) throw Wrong(path, $"nested deeper than {DeepestSchema}", "a flatter schema");
        try
        {
            if (schema.ValueKind == JsonValueKind.True) return Any(Deepest, next);
            if (schema.ValueKind != JsonValueKind.Object) throw Wrong(path, $"is {schema.ValueKind}", "an object");
            foreach (var property in schema.EnumerateObject())
                if (!s_silent.Contains(property.Name) && !property.Name.StartsWith("x-", StringComparison.Ordinal)) throw Wrong(path, $"has \"{property.Name}\"", "keywords that a generator can keep");
            if (schema.TryGetProperty("$ref", out var reference)) return Reference(reference, path, recursion, next);
            if (schema.TryGetProperty("const", out var constant)) return Literal(constant, next);
            if (schema.TryGetProperty("enum", out var values)) return OneOf(values, $"{path}/enum", value => Literal(value, next));
            if (schema.TryGetProperty("anyOf", out var any) || schema.TryGetProperty("oneOf", out any))
                return OneOf(any, $"{path}/anyOf", choice => Value(choice, $"{path}/anyOf", recursion, next));
            if (schema.TryGetProperty("allOf", out var all))
                return all.ValueKind == JsonValueKind.Array && all.GetArrayLength() == 1 ? Value(all[0], $"{path}/allOf", recursion, next) : throw Wrong($"{path}/allOf", "has several schemas", "one");
            return Typed(schema, path, recursion, next);
        }
        finally
        {
            _depth--;
        }
    }

    private int Typed(JsonElement schema, string path, int recursion, int next)
    {
        if (!schema.TryGetProperty("type", out var type))
        {
            // What its keywords speak of.
            if (Has("properties", "required", "additionalProperties")) return Object(schema, path, recursion, next);
            if (Has("items", "minItems", "maxItems")) return Array(schema, path, recursion, next);
            if (Has("pattern", "format", "minLength", "maxLength")) return String(schema, path, next);
            return Has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") ? Number(schema, path, isInteger: false, next) : Any(Deepest, next);
        }
        if (type.ValueKind == JsonValueKind.Array) return OneOf(type, $"{path}/type", name => OfType(name, schema, path, recursion, next));
        return OfType(type, schema, path, recursion, next);

        bool Has(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
                if (schema.TryGetProperty(name, out _)) return true;
            return false;
        }
    }

    private int OfType(JsonElement type, JsonElement schema, string path, int recursion, int next) => (type.ValueKind == JsonValueKind.String ? type.GetString() : null) switch
    {
        "object" => Object(schema, path, recursion, next),
        "array" => Array(schema, path, recursion, next),
        "string" => String(schema, path, next),
        "integer" => Number(schema, path, isInteger: true, next),
        "number" => Number(schema, path, isInteger: false, next),
        "boolean" => _automaton.Either(_automaton.Text("true", next), _automaton.Text("false", next)),
        "null" => _automaton.Text("null", next),
        _ => throw Wrong($"{path}/type", $"is {type.GetRawText()}", "object, array, string, integer, number, boolean or null"),
    };

    /// <summary>
    /// The properties in order. Each is built once: whether something stands before it decides only about the comma, and after it
    /// something does.
    /// </summary>
    private int Object(JsonElement schema, string path, int recursion, int next)
    {
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet() : [];
        var properties = schema.TryGetProperty("properties", out var listed) ? listed.EnumerateObject().Select(property => (property.Name, Schema: property.Value)).ToList() : [];
        var isOpen = schema.TryGetProperty("additionalProperties", out var additional) ? additional.ValueKind != JsonValueKind.False : properties.Count == 0;
        foreach (var name in required.Except(properties.Select(property => property.Name)).ToList())
        {
            if (additional.ValueKind == JsonValueKind.False) throw Wrong($"{path}/required", $"names \"{name}\", which no property is, and \"additionalProperties\" is false", "names of properties");
            properties.Add((name, additional.ValueKind == JsonValueKind.Object ? additional : s_anything));
        }
        var close = _automaton.Byte((byte)'}', (byte)'}', next);
        var (none, some) = (close, close);
        if (isOpen)
        {
            var more = _automaton.Either(close);
            var member = StringOf(_automaton.Text(":", Space(additional.ValueKind == JsonValueKind.Object ? Value(additional, $"{path}/additionalProperties", recursion, more) : Any(Deepest - 1, more))));
            _automaton.AddWay(more, Comma(member));
            (none, some) = (_automaton.Either(member, close), more);
        }
        for (var i = properties.Count - 1; i >= 0; i--)
        {
            var member = _automaton.Text(JsonSerializer.Serialize(properties[i].Name, ConstraintJson.Plain.String) + ":", Space(Value(properties[i].Schema, $"{path}/properties/{properties[i].Name}", recursion, some)));
            (none, some) = required.Contains(properties[i].Name) ? (member, Comma(member)) : (_automaton.Either(member, none), _automaton.Either(Comma(member), some));
        }
        return _automaton.Byte((byte)'{', (byte)'{', none);
    }

    private int Array(JsonElement schema, string path, int recursion, int next)
    {
        var (least, most) = (Count(schema, "minItems", path, MostItems) ?? 0, Count(schema, "maxItems", path, MostItems));
        if (most < least) throw Wrong($"{path}/maxItems", $"is {most}, below minItems", $"{least} or more");
        var hasItems = schema.TryGetProperty("items", out var items);
        var close = _automaton.Byte((byte)']', (byte)']', next);
        if (most == 0) return _automaton.Byte((byte)'[', (byte)'[', close);
        var rest = _automaton.Repeat(after => Comma(Item(after)), Math.Max(0, least - 1), most - 1, close);
        var first = Item(rest);
        return _automaton.Byte((byte)'[', (byte)'[', least > 0 ? first : _automaton.Either(first, close));

        int Item(int after) => hasItems ? Value(items, $"{path}/items", recursion, after) : Any(Deepest - 1, after);
    }

    private int String(JsonElement schema, string path, int next)
    {
        var end = _automaton.Byte((byte)'"', (byte)'"', next);
        var (least, most) = (Count(schema, "minLength", path, MostCharacters), Count(schema, "maxLength", path, MostCharacters));
        var pattern = Text(schema, "pattern", path);
        // Some generators write a null where there is no format.
        var format = schema.TryGetProperty("format", out var named) && named.ValueKind != JsonValueKind.Null ? s_formats.GetValueOrDefault(Text(schema, "format", path)!) : null;
        if ((pattern ?? format) is not null && (least ?? most) is not null) throw Wrong(path, "has a length beside \"pattern\" or \"format\"", "one of them; a pattern can count, such as ^[가-힣]{2,5}$");
        if (pattern?.Length > LongestPattern) throw Wrong($"{path}/pattern", $"has {pattern.Length} characters", $"at most {LongestPattern}");
        if (pattern is not null) return Quote(RegexConstraint.Build(_automaton, Whole(pattern), $"{_place}{path}/pattern", end, s_plain));
        if (format is not null) return Quote(RegexConstraint.Build(_automaton, format, $"{_place}{path}/format", end, s_plain));
        if (most < least) throw Wrong($"{path}/maxLength", $"is {most}, below minLength", $"{least} or more");
        return Quote(_automaton.Repeat(Character, least ?? 0, most, end));
    }

    /// <summary>JSON schema's patterns match anywhere unless anchored.</summary>
    private static string Whole(string pattern) =>
        $"{(pattern.StartsWith('^') ? "" : ".*")}(?:{pattern.TrimStart('^').TrimEnd('$')}){(pattern.EndsWith('$') ? "" : ".*")}";

    private int Number(JsonElement schema, string path, bool isInteger, int next)
    {
        var (low, above) = Bound(schema, path, "minimum", "exclusiveMinimum", 1);
        var (high, below) = Bound(schema, path, "maximum", "exclusiveMaximum", -1);
        if (low is null && high is null) return RegexConstraint.Build(_automaton, isInteger ? AnyInteger : AnyNumber, _place + path, next);
        var expression = NumberRange.Expression(low, high, above, below, isInteger)
            ?? throw Wrong(path, $"has no number from {low} to {high}", "bounds with one between them");
        return RegexConstraint.Build(_automaton, expression, _place + path, next);
    }

    /// <summary>The narrower of a bound and one that is left out itself; drafts before 6 say the latter with a boolean.</summary>
    private (decimal? Value, bool IsOut) Bound(JsonElement schema, string path, string name, string exclusive, int direction)
    {
        var bound = schema.TryGetProperty(name, out var value) ? Decimal(value, name) : null;
        if (!schema.TryGetProperty(exclusive, out var other) || other.ValueKind == JsonValueKind.False) return (bound, false);
        if (other.ValueKind == JsonValueKind.True) return (bound, bound is not null);
        var strict = Decimal(other, exclusive);
        return bound is null || direction * strict >= direction * bound ? (strict, true) : (bound, false);

        decimal? Decimal(JsonElement element, string keyword) =>
            element.ValueKind == JsonValueKind.Number && element.TryGetDecimal(out var number) && Math.Abs(number) <= LargestBound && decimal.Round(number, NumberRange.FractionDigits) == number
                ? number
                : throw Wrong($"{path}/{keyword}", $"is {element.GetRawText()}", $"a number of at most {NumberRange.WholeDigits} digits before the point");
    }

    private int Reference(JsonElement reference, string path, int recursion, int next)
    {
        var name = reference.ValueKind == JsonValueKind.String ? reference.GetString()! : "";
        if (name == "#") return Nested(_root);
        if (!name.StartsWith("#/", StringComparison.Ordinal)) throw Wrong($"{path}/$ref", $"is {reference.GetRawText()}", "a reference into this schema, such as #/$defs/item");
        var target = _root;
        foreach (var part in name[2..].Split('/'))
            if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(part.Replace("~1", "/").Replace("~0", "~"), out target)) throw Wrong($"{path}/$ref", $"is \"{name}\", which is not there", "the path of a schema");
        return Nested(target);

        // Beyond the depth a branch that would go on leads nowhere; the other branches are left.
        int Nested(JsonElement target) => recursion >= Deepest ? _automaton.Either() : Value(target, name, recursion + 1, next);
    }

    private int Any(int depth, int next)
    {
        var number = RegexConstraint.Build(_automaton, AnyNumber, _place, next);
        var simple = _automaton.Either(StringOf(next), number, _automaton.Text("true", next), _automaton.Text("false", next), _automaton.Text("null", next));
        return depth <= 0 ? simple : _automaton.Either(simple, AnyObject(depth, next), AnyArray(depth, next));
    }

    private int AnyObject(int depth, int next)
    {
        var close = _automaton.Byte((byte)'}', (byte)'}', next);
        var more = _automaton.Either(close);
        var member = StringOf(_automaton.Text(":", Space(Any(depth - 1, more))));
        _automaton.AddWay(more, Comma(member));
        return _automaton.Byte((byte)'{', (byte)'{', _automaton.Either(member, close));
    }

    private int AnyArray(int depth, int next)
    {
        var close = _automaton.Byte((byte)']', (byte)']', next);
        var more = _automaton.Either(close);
        var item = Any(depth - 1, more);
        _automaton.AddWay(more, Comma(item));
        return _automaton.Byte((byte)'[', (byte)'[', _automaton.Either(item, close));
    }

    private int StringOf(int next) => Quote(_automaton.Repeat(Character, 0, null, _automaton.Byte((byte)'"', (byte)'"', next)));

    private int Quote(int inner) => _automaton.Byte((byte)'"', (byte)'"', inner);

    /// <summary>A character of a JSON string, escapes included.</summary>
    private int Character(int next)
    {
        var hexadecimal = next;
        for (var i = 0; i < 4; i++) hexadecimal = _automaton.Characters([('0', '9'), ('A', 'F'), ('a', 'f')], hexadecimal);
        var escape = _automaton.Either(_automaton.Characters([('"', '"'), ('/', '/'), ('\\', '\\'), ('b', 'b'), ('f', 'f'), ('n', 'n'), ('r', 'r'), ('t', 't')], next), _automaton.Byte((byte)'u', (byte)'u', hexadecimal));
        return _automaton.Either(_automaton.Characters(s_plain, next), _automaton.Byte((byte)'\\', (byte)'\\', escape));
    }

    private int Comma(int next) => _automaton.Byte((byte)',', (byte)',', Space(next));

    /// <summary>A blank or none: models write both.</summary>
    private int Space(int next) => _automaton.Either(_automaton.Byte((byte)' ', (byte)' ', next), next);

    private int Literal(JsonElement value, int next) => _automaton.Text(JsonSerializer.Serialize(value, ConstraintJson.Plain.JsonElement), next);

    private int OneOf(JsonElement list, string path, Func<JsonElement, int> build)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostItems) throw Wrong(path, "is not a list of 1 to 1000", "one");
        return _automaton.Either([.. list.EnumerateArray().Select(build)]);
    }

    /// <summary>A keyword's text; null where there is no such keyword, and not where its value is null.</summary>
    private string? Text(JsonElement schema, string name, string path)
    {
        if (!schema.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong($"{path}/{name}", $"is {value.GetRawText()[..Math.Min(100, value.GetRawText().Length)]}", "a text");
    }

    private int? Count(JsonElement schema, string name, string path, int most)
    {
        if (!schema.TryGetProperty(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0 && count <= most) return count;
        throw Wrong($"{path}/{name}", $"is {value.GetRawText()}", $"0 to {most}");
    }

    private UserInputException Wrong(string path, string found, string expected) =>
        new($"{_place}{path}: {found}; expected {expected}. Simplify the schema.");
}
