using System.Text.Json;

namespace Geobuk.Inference.Constraints;

/// <summary>Arrays: "prefixItems" and "items" (before 2020 "items" and "additionalItems"), counts, "contains", "uniqueItems" of few values.</summary>
internal sealed class SchemaArrays(JsonSchemaConstraint schemas, SchemaDocument document)
{
    private const int MostItems = 1000, MostContained = 20, MostUnique = 6;
    private readonly ByteAutomaton _automaton = schemas.Automaton;

    /// <summary>The arrays before a state.</summary>
    public int Build(IReadOnlyList<SchemaPart> parts, int next)
    {
        var (least, most, prefix) = (0, (int?)null, 0);
        foreach (var part in parts)
        {
            var (from, upTo) = (document.Count(part, "minItems", MostItems) ?? 0, document.Count(part, "maxItems", int.MaxValue));
            if (upTo < from && !part.IsNegative) throw document.Wrong($"{part.Path}/maxItems", $"is {upTo}, below minItems", $"{from} or more");
            (least, most) = (Math.Max(least, from), most is null || upTo < most ? upTo : most);
            prefix = Math.Max(prefix, Prefix(part).Count);
        }
        // More than an answer can have are as many as there may be.
        if (most > MostItems) most = null;
        for (var i = 0; i <= prefix; i++)
            if (ItemAt(parts, i).Any(schema => schema.IsNever)) most = Math.Min(most ?? i, i);
        if (most < least) return _automaton.Either();
        var unique = parts.FirstOrDefault(part => part.Find("uniqueItems") is { ValueKind: JsonValueKind.True });
        var contained = parts.Where(part => part.Find("contains") is not null && document.Count(part, "minContains", MostItems) != 0).ToList();
        foreach (var part in parts.Where(part => part.Find("contains") is not null && part.Find("maxContains") is not null)) throw document.Wrong(part.Path, "has \"maxContains\"", "keywords that can be generated");
        var close = _automaton.Byte((byte)']', (byte)']', next);
        int first;
        if (unique is not null && !(most <= 1)) first = Unique(unique, parts, prefix, contained.Count > 0, least, most, close);
        else if (contained.Count > 0) first = Containing(contained, parts, least, most, close);
        else first = Plain(parts, prefix, least, most, close);
        return _automaton.Byte((byte)'[', (byte)'[', first);
    }

    private int Plain(IReadOnlyList<SchemaPart> parts, int prefix, int least, int? most, int close)
    {
        // After the first, each has a comma before.
        var last = Math.Min(prefix, most ?? prefix);
        var rest = ItemAt(parts, prefix);
        if (last == 0)
        {
            if (most == 0) return close;
            var after = _automaton.Repeat(end => JsonText.Comma(_automaton, schemas.Value(rest, end)), Math.Max(0, least - 1), most - 1, close);
            var one = schemas.Value(rest, after);
            return least > 0 ? one : _automaton.Either(one, close);
        }
        var next = last < prefix || most == prefix ? close : _automaton.Repeat(end => JsonText.Comma(_automaton, schemas.Value(rest, end)), Math.Max(0, least - prefix), most - prefix, close);
        for (var i = last - 1; i >= 0; i--)
        {
            var item = schemas.Value(ItemAt(parts, i), next);
            if (i > 0) item = JsonText.Comma(_automaton, item);
            next = i >= least ? _automaton.Either(item, close) : item;
        }
        return next;
    }

    /// <summary>Some items must fit a schema more: the states are how many were written, and of those that must be how many are owed.</summary>
    private int Containing(List<SchemaPart> contained, IReadOnlyList<SchemaPart> parts, int least, int? most, int close)
    {
        var part = contained[0];
        var owed = document.Count(part, "minContains", MostItems) ?? 1;
        if (contained.Count > 1) throw document.Wrong($"{contained[1].Path}/contains", "must hold beside another \"contains\"", "one of them");
        var prefix = parts.Max(one => Prefix(one).Count);
        var chain = Math.Max(Math.Max(least, prefix), most ?? 0);
        if (owed > MostContained || chain > MostContained) throw document.Wrong($"{part.Path}/contains", $"is beside counts of {Math.Max(owed, chain)}", $"at most {MostContained}");
        var known = new Dictionary<(int, int), int>();
        return From(0, owed);

        int From(int written, int left)
        {
            // Without a most, all that comes after the counted ones is alike.
            if (most is null) written = Math.Min(written, Math.Max(1, chain));
            if (known.TryGetValue((written, left), out var state)) return state;
            known[(written, left)] = state = _automaton.Either();
            if (left == 0 && written >= least) _automaton.AddWay(state, close);
            if (written < (most ?? int.MaxValue))
            {
                var schema = ItemAt(parts, written);
                Item([.. schema, part.Under("contains")!], Math.Max(0, left - 1));
                Item(schema, left);
            }
            return state;

            void Item(IReadOnlyList<SchemaPart> schema, int after)
            {
                var item = schemas.Value(schema, From(written + 1, after));
                _automaton.AddWay(state, written > 0 ? JsonText.Comma(_automaton, item) : item);
            }
        }
    }

    /// <summary>Of few values each once: the states are which were written.</summary>
    private int Unique(SchemaPart part, IReadOnlyList<SchemaPart> parts, int prefix, bool isContaining, int least, int? most, int close)
    {
        var values = prefix > 0 || isContaining ? null : schemas.FewValues(ItemAt(parts, 0));
        if (values is null || values.Count > MostUnique) throw document.Wrong($"{part.Path}/uniqueItems", "is true", $"items of at most {MostUnique} values, \"maxItems\" 1, or no such keyword: what was written before cannot be compared");
        var known = new Dictionary<int, int>();
        return From(0);

        int From(int written)
        {
            if (known.TryGetValue(written, out var state)) return state;
            var count = int.PopCount(written);
            known[written] = state = _automaton.Either();
            if (count >= least) _automaton.AddWay(state, close);
            for (var i = 0; i < values.Count && count < (most ?? int.MaxValue); i++)
            {
                if ((written >> i & 1) != 0) continue;
                var item = _automaton.Text(values[i], From(written | 1 << i));
                _automaton.AddWay(state, count > 0 ? JsonText.Comma(_automaton, item) : item);
            }
            return state;
        }
    }

    private static List<SchemaPart> Prefix(SchemaPart part)
    {
        var list = part.Under("prefixItems") ?? part.Under("items");
        return list?.Schema.ValueKind == JsonValueKind.Array ? [.. list.Schema.EnumerateArray().Select((schema, i) => list.At(schema, $"{i}"))] : [];
    }

    /// <summary>What must hold for an item; behind the prefixes of all it is the same.</summary>
    private static List<SchemaPart> ItemAt(IReadOnlyList<SchemaPart> parts, int index)
    {
        var schemas = new List<SchemaPart>();
        foreach (var part in parts)
        {
            var prefix = Prefix(part);
            // What is evaluated beside it is not told apart: stricter is right, too.
            var rest = (part.Find("items")?.ValueKind == JsonValueKind.Array ? part.Under("additionalItems") : part.Under("items")) ?? part.Under("unevaluatedItems");
            if (index < prefix.Count) schemas.Add(prefix[index]);
            else if (rest is not null) schemas.Add(rest);
        }
        return schemas;
    }
}
