using System.Text.Json;
using Geobuk.Models;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Reads a JSON schema (2020-12, and what earlier drafts wrote otherwise) into an automaton whose sentences are compact JSON texts that fit
/// it; not all of them: properties come in the schema's order, and where "properties" are listed, others only if something says so. What the schema
/// states is kept, or refused by name. What a schema refers to is built once and called.
/// </summary>
internal sealed class JsonSchemaConstraint
{
    private const int MostLiterals = 10_000;
    private static readonly JsonElement s_few = JsonDocument.Parse("[true, false, null]").RootElement;
    private static readonly string[] s_types = ["object", "array", "string", "number", "boolean", "null"];

    private readonly SchemaDocument _document;
    private readonly SchemaConjunction.StepCount _steps;
    private readonly Dictionary<string, int> _built = [];
    private readonly Queue<(int Shared, IReadOnlyList<SchemaPart> Parts)> _open = [];
    private readonly SchemaObjects _objects;
    private readonly SchemaArrays _arrays;

    private JsonSchemaConstraint(ByteAutomaton automaton, SchemaDocument document, SchemaConjunction.StepCount steps)
    {
        (Automaton, _document, _steps) = (automaton, document, steps);
        (_objects, _arrays) = (new SchemaObjects(this, document), new SchemaArrays(this, document));
    }

    /// <summary>Where it is built.</summary>
    public ByteAutomaton Automaton { get; }

    /// <summary>Builds a text that fits the schema before <paramref name="next"/> and returns its beginning.</summary>
    /// <exception cref="UserInputException">A keyword that cannot be honoured or has an impossible value, or too large.</exception>
    public static int Build(ByteAutomaton automaton, JsonElement schema, string place, int next)
    {
        var document = new SchemaDocument(schema, place);
        return new JsonSchemaConstraint(automaton, document, new()).Whole([document.Root], next);
    }

    /// <summary>Any JSON object.</summary>
    public static int BuildObject(ByteAutomaton automaton, int next)
    {
        using var schema = JsonDocument.Parse("""{"type":"object"}""");
        return Build(automaton, schema.RootElement, "json", next);
    }

    /// <summary>A value under some schemas, before a state; it is built once for all places that say the same.</summary>
    public int Value(IReadOnlyList<SchemaPart> parts, int next)
    {
        parts = [.. parts.Where(part => part.Schema.ValueKind != JsonValueKind.True)];
        var key = parts is [var only] && IsSimple(only)
            ? string.Join(',', only.Schema.EnumerateObject().Where(property => SchemaKeywords.IsKept(property.Name)))
            : string.Join('\n', parts.Select(part => part.Path).Order(StringComparer.Ordinal));
        if (!_built.TryGetValue(key, out var shared))
        {
            _built[key] = shared = Automaton.Shared();
            _open.Enqueue((shared, parts));
        }
        return Automaton.Call(shared, next);
    }

    /// <summary>The strings under some schemas, without their quotes, before a state of any automaton.</summary>
    public int InnerText(ByteAutomaton automaton, IReadOnlyList<SchemaPart> parts, int next) =>
        automaton.Either([.. SchemaConjunction.Of(_document, parts, _steps).Where(all => TypesOf(all).ContainsKey("string")).Select(all => new SchemaStrings(automaton, _document).Inner(LiteralsOf(all), all, next))]);

    /// <summary>The values that some schemas allow, written, where they are literals or booleans; null where there may be others.</summary>
    public List<string>? FewValues(IReadOnlyList<SchemaPart> parts)
    {
        var values = new List<string>();
        foreach (var all in SchemaConjunction.Of(_document, parts, _steps))
        {
            var types = TypesOf(all);
            var few = LiteralsOf(all) ?? (types.Keys.All(type => type is "boolean" or "null") ? [.. s_few.EnumerateArray()] : null);
            if (few is null) return null;
            values.AddRange(Fitting(few, all, types).Select(JsonText.Literal));
        }
        return [.. values.Distinct()];
    }

    private int Whole(IReadOnlyList<SchemaPart> parts, int next)
    {
        var start = InPlace(parts, next);
        BuildOpen();
        return start;
    }

    /// <summary>Builds what was called, one after the other: it does not matter how deep schemas are.</summary>
    private void BuildOpen()
    {
        while (_open.TryDequeue(out var open)) Automaton.Fill(open.Shared, end => open.Parts.Count == 0 ? Anything(end) : InPlace(open.Parts, end));
    }

    /// <summary>Whether what it says does not depend on where it stands.</summary>
    private static bool IsSimple(SchemaPart part) =>
        part.Find("type") is { ValueKind: JsonValueKind.String } type && type.GetString() is "string" or "number" or "integer" or "boolean" or "null"
        && !part.Schema.EnumerateObject().Any(property => property.Name is "$ref" or "$dynamicRef" or "$recursiveRef" or "anyOf" or "oneOf" or "allOf" or "if" or "not" || SchemaKeywords.MeantBy(property.Name) is not null);

    private int InPlace(IReadOnlyList<SchemaPart> parts, int next)
    {
        var ways = SchemaConjunction.Of(_document, parts, _steps).Select(all => OfTypes(all, next)).ToArray();
        return ways.Length == 1 ? ways[0] : Automaton.Either(ways);
    }

    private int Anything(int next) => Automaton.Either([.. s_types.Select(type => OfType(type, new(s_types.Select(name => KeyValuePair.Create(name, false))), null, next))]);

    private int OfTypes(SchemaConjunction all, int next)
    {
        var types = TypesOf(all);
        if (LiteralsOf(all) is { } literals) return Automaton.Either([.. Fitting(literals, all, types).Select(value => Automaton.Text(JsonText.Literal(value), next))]);
        if (Excluded(all).FirstOrDefault(value => types.ContainsKey(JsonText.TypeOf(value)) && JsonText.TypeOf(value) is "object" or "array") is { ValueKind: not JsonValueKind.Undefined } value)
            throw _document.Wrong($"{all.Parts[0].Path}/not", $"leaves out {SchemaDocument.Shown(value)}", "texts, numbers, true, false or null");
        return Automaton.Either([.. s_types.Where(types.ContainsKey).Select(type => OfType(type, types, all, next))]);
    }

    private int OfType(string type, Dictionary<string, bool> types, SchemaConjunction? all, int next) => type switch
    {
        "object" => _objects.Build(all?.Parts ?? [], next),
        "array" => _arrays.Build(all?.Parts ?? [], next),
        "string" => all is null ? JsonText.AnyText(Automaton, next) : JsonText.Open(Automaton, new SchemaStrings(Automaton, _document).Inner(null, all, JsonText.Close(Automaton, next))),
        "number" => new SchemaNumbers(Automaton, _document).Build(all?.Parts ?? [], types["number"], next),
        "boolean" => Automaton.Either([.. ((ReadOnlySpan<string>)["true", "false"]).ToArray().Where(text => !Excludes(all, text)).Select(text => Automaton.Text(text, next))]),
        _ => Excludes(all, "null") ? Automaton.Either() : Automaton.Text("null", next),
    };

    private static bool Excludes(SchemaConjunction? all, string text)
    {
        using var value = JsonDocument.Parse(text);
        return all is not null && Excluded(all).Any(one => JsonElement.DeepEquals(one, value.RootElement));
    }

    /// <summary>The types that are allowed, each with whether only whole numbers are; without "type" those that some keyword speaks of, and all if none does.</summary>
    private Dictionary<string, bool> TypesOf(SchemaConjunction all)
    {
        Dictionary<string, bool>? types = null;
        foreach (var part in all.Parts)
        {
            if (part.Find("type") is not { } given) continue;
            var named = (given.ValueKind == JsonValueKind.Array ? given.EnumerateArray() : (IEnumerable<JsonElement>)[given]).Select(name => name.ValueKind == JsonValueKind.String ? name.GetString()! : "").ToHashSet();
            if (named.Count == 0 || named.Any(name => name != "integer" && !s_types.Contains(name)))
                throw _document.Wrong($"{part.Path}/type", $"is {SchemaDocument.Shown(given)}", "object, array, string, integer, number, boolean or null");
            var isInteger = !named.Contains("number");
            if (named.Remove("integer")) named.Add("number");
            if (part.Find("nullable") is { ValueKind: JsonValueKind.True }) named.Add("null");
            types = types is null
                ? named.ToDictionary(name => name, name => name == "number" && isInteger)
                : types.Where(type => named.Contains(type.Key)).ToDictionary(type => type.Key, type => type.Value || (type.Key == "number" && isInteger));
        }
        if (types is not null) return types;
        var spoken = s_types.Where(type => SchemaKeywords.OfTypes.TryGetValue(type, out var keywords) && all.Parts.Any(part => keywords.Any(keyword => part.Find(keyword) is not null))).ToList();
        return (spoken.Count > 0 && LiteralsOf(all) is null ? spoken : [.. s_types]).ToDictionary(type => type, _ => false);
    }

    /// <summary>The values that "enum" and "const" leave; null where there is neither.</summary>
    private List<JsonElement>? LiteralsOf(SchemaConjunction all)
    {
        List<JsonElement>? values = null;
        foreach (var part in all.Parts)
        {
            if (part.Find("const") is { } constant) Keep([constant]);
            if (part.Find("enum") is not { } list) continue;
            if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostLiterals) throw _document.Wrong($"{part.Path}/enum", $"is not a list of 1 to {MostLiterals}", "one");
            Keep([.. list.EnumerateArray()]);
        }
        var excluded = Excluded(all).Select(JsonText.Literal).ToHashSet();
        return excluded.Count == 0 ? values : values?.Where(value => !excluded.Contains(JsonText.Literal(value))).ToList();

        void Keep(List<JsonElement> list)
        {
            var allowed = values is null ? null : list.Select(JsonText.Literal).ToHashSet();
            values = values is null ? list : [.. values.Where(value => allowed!.Contains(JsonText.Literal(value)))];
        }
    }

    /// <summary>The values that a "not" leaves out.</summary>
    public static IEnumerable<JsonElement> Excluded(SchemaConjunction all) => all.Parts.Select(SchemaNegation.Excluded).OfType<SchemaPart>().SelectMany(refused =>
        refused.Find("const") is { } constant ? [constant] : refused.Find("enum") is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : (IEnumerable<JsonElement>)[]);

    /// <summary>The literals that fit the other keywords, which are tried by an automaton of their own.</summary>
    private List<JsonElement> Fitting(List<JsonElement> values, SchemaConjunction all, Dictionary<string, bool> types)
    {
        var fitting = values.Where(value => types.TryGetValue(JsonText.TypeOf(value), out var isInteger) && (!isInteger || (value.TryGetDecimal(out var number) && decimal.Truncate(number) == number))).ToList();
        foreach (var type in fitting.Select(JsonText.TypeOf).Distinct().ToList())
        {
            if (!SchemaKeywords.OfTypes.TryGetValue(type, out var keywords) || !all.Parts.Any(part => keywords.Any(keyword => part.Find(keyword) is not null))) continue;
            var automaton = new ByteAutomaton(_document.Place(all.Parts[0].Path));
            var own = new JsonSchemaConstraint(automaton, _document, _steps);
            automaton.Start = own.OfType(type, types, all, automaton.Accept());
            own.BuildOpen();
            _steps.Spend(_document, all.Parts[0].Path, automaton);
            fitting.RemoveAll(value => JsonText.TypeOf(value) == type && !automaton.Accepts(JsonText.Literal(value)));
        }
        return fitting;
    }
}
