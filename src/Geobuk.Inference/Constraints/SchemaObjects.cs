using System.Text.Json;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Objects: the listed properties in order, then others where something says so. Each is built once: whether something stands before it
/// decides only about the comma, and how many about "minProperties" and "maxProperties".
/// </summary>
internal sealed class SchemaObjects(JsonSchemaConstraint schemas, SchemaDocument document)
{
    private const int MostProperties = 10_000, MostListed = 5000, MostMatches = 50_000, MostCombined = 3;
    private readonly ByteAutomaton _automaton = schemas.Automaton;
    private readonly Dictionary<string, ByteAutomaton> _patterns = [], _namings = [];
    private readonly Dictionary<(string Pattern, string Name), bool> _matches = [];

    /// <summary>The objects before a state.</summary>
    public int Build(IReadOnlyList<SchemaPart> parts, int next)
    {
        var (least, most) = (0, (int?)null);
        foreach (var part in parts)
        {
            least = Math.Max(least, document.Count(part, "minProperties", MostProperties) ?? 0);
            if (document.Count(part, "maxProperties", int.MaxValue) is { } upTo) most = Math.Min(most ?? upTo, upTo);
        }
        var required = parts.SelectMany(Required).ToHashSet();
        var names = parts.SelectMany(Listed).Distinct().ToList();
        if (names.Count > MostListed) throw document.Wrong(parts[0].Path, $"lists {names.Count} properties", $"at most {MostListed}");
        var listed = names.Where(name => !SchemasOf(parts, name).Any(schema => schema.IsNever)).ToList();
        // Whoever lists properties means these, unless something speaks of others.
        var isOpen = parts.Any(part => part.Find("additionalProperties") is { ValueKind: not JsonValueKind.False } || part.Find("unevaluatedProperties") is { ValueKind: not JsonValueKind.False })
            || (listed.Count == 0 && parts.All(part => part.Find("patternProperties") is null));
        foreach (var name in required.Except(names))
        {
            if (SchemasOf(parts, name).Any(schema => schema.IsNever)) return Impossible(parts, name);
            listed.Add(name);
        }
        if (required.Except(listed).Any() || !required.All(name => IsNameAllowed(parts, name))) return _automaton.Either();
        names = [.. names.Union(required)];
        var others = Others(parts, names, isOpen || least > listed.Count);
        if (others.Count > 0 && least > listed.Count + 1)
            throw document.Wrong(parts[0].Path, $"has \"minProperties\" {least}", $"at most {listed.Count + 1} here: names that are not listed may come twice");
        return _automaton.Byte((byte)'{', (byte)'{', Members([.. listed.Where(name => IsNameAllowed(parts, name))], required, others, parts, (least, most), _automaton.Byte((byte)'}', (byte)'}', next)));
    }

    /// <summary>The members from the last to the first, after every number of members that matters.</summary>
    private int Members(List<string> names, HashSet<string> required, List<Open> others, IReadOnlyList<SchemaPart> parts, (int Least, int? Most) count, int close)
    {
        // Beyond this all numbers are alike.
        var cap = Math.Max(1, Math.Max(count.Least > required.Count ? count.Least : 0, count.Most < names.Count || (count.Most is not null && others.Count > 0) ? count.Most.Value : 0));
        var (least, most) = (Math.Min(count.Least, cap), count.Most <= cap && (count.Most < names.Count || others.Count > 0) ? count.Most : null);
        if (count.Most < required.Count) return _automaton.Either();
        if (count.Least <= required.Count) least = 0;
        if (cap > 1 && (long)cap * (names.Count + 1) > ByteAutomaton.Most) throw document.Wrong(parts[0].Path, $"counts {cap} of {names.Count} properties", "fewer");
        // Names that are not listed may come twice: of the members that there must be they are one at most.
        var open = Enumerable.Range(0, cap + 1).Select(_ => _automaton.Either(close)).ToArray();
        var members = open.Select(end => others.Select(other => JsonText.Open(_automaton, other.Name(JsonText.Close(_automaton, JsonText.Colon(_automaton, schemas.Value(other.Schemas, end)))))).ToArray()).ToArray();
        var ends = Enumerable.Range(0, cap + 1).Select(_ => _automaton.Either()).ToArray();
        for (var written = 0; written <= cap; written++)
        {
            if (written >= least) _automaton.AddWay(ends[written], close);
            if (written >= (most ?? int.MaxValue)) continue;
            foreach (var member in members[Math.Min(written + 1, cap)])
            {
                if (written + 1 >= least) _automaton.AddWay(ends[written], written > 0 ? JsonText.Comma(_automaton, member) : member);
                _automaton.AddWay(open[written], JsonText.Comma(_automaton, member));
            }
        }
        for (var i = names.Count - 1; i >= 0; i--)
        {
            var (name, after) = (names[i], ends);
            var schema = SchemasOf(parts, name);
            // By the number of members with it.
            var withIt = Enumerable.Range(0, cap + 1).Select(written => written == 0 || written > (most ?? int.MaxValue) ? -1
                : _automaton.Text(JsonText.Literal(name), JsonText.Colon(_automaton, schemas.Value(schema, after[written])))).ToArray();
            ends = [.. Enumerable.Range(0, cap + 1).Select(written =>
            {
                var with = withIt[Math.Min(written + 1, cap)];
                if (written >= (most ?? int.MaxValue)) with = -1;
                if (with >= 0 && written > 0) with = JsonText.Comma(_automaton, with);
                if (required.Contains(name)) return with >= 0 ? with : _automaton.Either();
                return with >= 0 ? _automaton.Either(with, after[written]) : after[written];
            })];
        }
        return ends[0];
    }

    /// <summary>Properties that are not listed, by the patterns that their names match.</summary>
    private List<Open> Others(IReadOnlyList<SchemaPart> parts, List<string> listed, bool isOpen)
    {
        var patterns = parts.SelectMany(Patterns).Select(pattern => pattern.Pattern).Distinct().ToList();
        var naming = parts.Select(part => part.Under("propertyNames")).OfType<SchemaPart>().ToList();
        // Of many patterns, names that match two at once are left out.
        var sets = patterns.Count > MostCombined
            ? Enumerable.Range(0, patterns.Count).Select(i => new[] { i })
            : Enumerable.Range(1, (1 << patterns.Count) - 1).Select(set => Enumerable.Range(0, patterns.Count).Where(i => (set >> i & 1) != 0).ToArray());
        var others = new List<Open>();
        foreach (var set in isOpen ? sets.Prepend([]) : sets)
        {
            var matched = set.Select(i => patterns[i]).ToHashSet();
            var held = SchemasOf(parts, null, matched);
            if (held.Any(schema => schema.IsNever)) continue;
            others.Add(new Open(held, next =>
            {
                if (patterns.Count == 0 && naming.Count == 0 && listed.Count == 0) return _automaton.Repeat(after => JsonText.Any(_automaton, after), 0, null, next);
                var language = new TextLanguage(document.Place(parts[0].Path));
                foreach (var pattern in patterns)
                {
                    var expression = Searched(pattern, parts[0]);
                    if (matched.Contains(pattern)) language.Require(expression);
                    else language.Refuse(expression);
                }
                if (naming.Count > 0) language.Require(new RegexPart((target, end, _) => schemas.InnerText(target, naming, end), 0, null));
                language.Refuse(listed);
                return language.Build(_automaton, next);
            }));
        }
        return others;
    }

    private bool IsNameAllowed(IReadOnlyList<SchemaPart> parts, string name)
    {
        foreach (var naming in parts.Select(part => part.Under("propertyNames")).OfType<SchemaPart>())
        {
            if (!_namings.TryGetValue(naming.Path, out var names))
            {
                _namings[naming.Path] = names = new ByteAutomaton(document.Place(naming.Path));
                names.Start = schemas.InnerText(names, [naming], names.Accept());
            }
            if (!names.Accepts(JsonText.Inner(name))) return false;
        }
        return true;
    }

    private static IEnumerable<string> Listed(SchemaPart part) => part.Find("properties") is { } properties ? properties.EnumerateObject().Select(property => property.Name) : [];

    private static IEnumerable<string> Required(SchemaPart part) =>
        part.Find("required") is { ValueKind: not JsonValueKind.False } required ? required.EnumerateArray().Select(name => name.GetString()!) : [];

    private static IEnumerable<(string Pattern, SchemaPart Schema)> Patterns(SchemaPart part) =>
        part.Under("patternProperties") is { } patterns ? patterns.Schema.EnumerateObject().Select(property => (property.Name, patterns.At(property.Value, property.Name))) : [];

    /// <summary>What must hold for a property.</summary>
    private List<SchemaPart> SchemasOf(IReadOnlyList<SchemaPart> parts, string name)
    {
        var matched = parts.SelectMany(Patterns).Select(pattern => pattern.Pattern).Distinct().Where(pattern => IsMatch(pattern, parts[0], name)).ToHashSet();
        return SchemasOf(parts, name, matched);
    }

    private static List<SchemaPart> SchemasOf(IReadOnlyList<SchemaPart> parts, string? name, HashSet<string> matched)
    {
        var found = new List<SchemaPart>();
        foreach (var part in parts)
        {
            var own = Own(part).ToList();
            found.AddRange(own);
            if (own.Count == 0 && part.Under("additionalProperties") is { } additional) found.Add(additional);
            else if (own.Count == 0 && part.Under("unevaluatedProperties") is { } left && !parts.Any(other => other != part && !other.IsNegative && other.Chain!.Contains(part.Path) && IsEvaluated(other))) found.Add(left);
        }
        return found;

        IEnumerable<SchemaPart> Own(SchemaPart part)
        {
            if (name is not null && part.Under("properties") is { } properties && properties.Under(name) is { } schema) yield return schema;
            foreach (var pattern in Patterns(part).Where(pattern => matched.Contains(pattern.Pattern))) yield return pattern.Schema;
        }

        bool IsEvaluated(SchemaPart part) => Own(part).Any() || part.Find("additionalProperties") is not null || part.Find("unevaluatedProperties") is not null;
    }

    private bool IsMatch(string pattern, SchemaPart part, string name)
    {
        if (_matches.TryGetValue((pattern, name), out var isMatch)) return isMatch;
        if (_matches.Count >= MostMatches) throw document.Wrong(part.Path, $"has names and patterns of more than {MostMatches} pairs", "fewer");
        if (!_patterns.TryGetValue(pattern, out var automaton))
        {
            _patterns[pattern] = automaton = new ByteAutomaton(document.Place($"{part.Path}/patternProperties"));
            automaton.Start = Searched(pattern, part).Build(automaton, automaton.Accept(), RegexEdges.None);
        }
        return _matches[(pattern, name)] = automaton.Accepts(JsonText.Inner(name));
    }

    private RegexPart Searched(string pattern, SchemaPart part) => TextLanguage.Searched(pattern, document.Place($"{part.Path}/patternProperties/{SchemaPart.Escaped(pattern)}"));

    private int Impossible(IReadOnlyList<SchemaPart> parts, string name) => parts.Any(part => part.IsNegative || part.Chain?.Length > 1)
        ? _automaton.Either()
        : throw document.Wrong($"{parts[0].Path}/required", $"names \"{name}\", which no property is, and \"additionalProperties\" is false", "names of properties");

    /// <summary>Properties of some names.</summary>
    /// <param name="Schemas">What must hold for them.</param>
    /// <param name="Name">Builds the names' characters before a state.</param>
    private sealed record Open(List<SchemaPart> Schemas, Func<int, int> Name);
}
