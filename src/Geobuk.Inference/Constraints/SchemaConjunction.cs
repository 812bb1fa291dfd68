using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Inference.Constraints;

/// <summary>
/// Schemas that must hold together for one value, with references followed and applicators taken apart: the keywords that speak of the
/// value itself, and choices that are still open. What leads back to itself on the way, no text fits.
/// </summary>
internal sealed class SchemaConjunction
{
    private const int LongestChain = 200, MostSteps = 20_000, LongestPath = 4000;
    private readonly SchemaDocument _document;
    private readonly StepCount _steps;
    private readonly List<SchemaPart> _parts = [];
    private readonly HashSet<string> _seen = [];
    private readonly Queue<(SchemaChain? Chain, IReadOnlyList<SchemaPart[]> Ways)> _choices = [];

    private SchemaConjunction(SchemaDocument document, StepCount steps) => (_document, _steps) = (document, steps);

    /// <summary>The schemas of the value itself.</summary>
    public IReadOnlyList<SchemaPart> Parts => _parts;

    /// <summary>Nothing fits.</summary>
    public bool IsNever { get; private set; }

    /// <summary>Every combination of the choices in schemas that hold together.</summary>
    /// <exception cref="UserInputException">A keyword that cannot be kept, or too many combinations.</exception>
    public static IEnumerable<SchemaConjunction> Of(SchemaDocument document, IEnumerable<SchemaPart> parts, StepCount steps)
    {
        var all = new SchemaConjunction(document, steps);
        foreach (var part in parts) all.Add(part, null);
        return all.Chosen();
    }

    private IEnumerable<SchemaConjunction> Chosen()
    {
        if (IsNever) return [];
        if (!_choices.TryDequeue(out var choice)) return [this];
        return choice.Ways.SelectMany(way =>
        {
            var copy = new SchemaConjunction(_document, _steps);
            copy._parts.AddRange(_parts);
            copy._seen.UnionWith(_seen);
            foreach (var other in _choices) copy._choices.Enqueue(other);
            foreach (var part in way) copy.Add(part, choice.Chain);
            return copy.Chosen();
        });
    }

    private void Add(SchemaPart part, SchemaChain? chain)
    {
        if (++_steps.Value > MostSteps || chain?.Length > LongestChain || part.Path.Length > LongestPath) throw _document.Wrong(part.Path[..Math.Min(200, part.Path.Length)], "leads to too many combinations", "fewer schemas that hold together");
        if (part.Schema.ValueKind == JsonValueKind.True) return;
        if (part.IsNever || chain is not null && chain.Contains(part.Path))
        {
            IsNever = true;
            return;
        }
        if (part.Schema.ValueKind != JsonValueKind.Object) throw _document.Wrong(part.Path, $"is {SchemaDocument.Shown(part.Schema)}", "a schema, which is an object, true or false");
        if (!_seen.Add(part.Path)) return;
        foreach (var property in part.Schema.EnumerateObject())
            if (SchemaKeywords.MeantBy(property.Name) is { } meant) throw _document.Wrong(part.Path, $"has \"{property.Name}\"", $"\"{meant}\"");
        if (part.Find("required") is { ValueKind: JsonValueKind.True }) throw _document.Wrong($"{part.Path}/required", "is true, as drafts before 4 had it", "a list of names beside \"properties\"");
        chain = new SchemaChain(part.Path, chain);
        _parts.Add(part with { Chain = chain });
        foreach (var reference in (ReadOnlySpan<string>)["$ref", "$dynamicRef", "$recursiveRef"])
            if (part.Find(reference) is not null) Add(_document.Resolve(part, reference), chain);
        if (part.Find("allOf") is not null)
            foreach (var one in List(part, "allOf")) Add(one, chain);
        if (part.Find("anyOf") is not null) Choose(chain, List(part, "anyOf").ConvertAll(one => new[] { one }));
        if (part.Find("oneOf") is not null) Choose(chain, new SchemaNegation(_document).Exactly(List(part, "oneOf")));
        if (part.Under("if") is { } condition && (part.Find("then") ?? part.Find("else")) is not null)
            Choose(chain, [[condition, .. Given(part.Under("then"))], [part.Derived("if", new JsonObject { ["not"] = SchemaNegation.Node(condition.Schema) }), .. Given(part.Under("else"))]]);
        foreach (var keyword in (ReadOnlySpan<string>)["dependentRequired", "dependentSchemas", "dependencies"])
            if (part.Under(keyword) is { } dependent)
                foreach (var property in dependent.Schema.EnumerateObject()) Choose(chain, Dependent(dependent, property));
        if (part.Under("not") is { } refused && SchemaNegation.Excluded(part) is null) Choose(chain, new SchemaNegation(_document).Of(refused));
    }

    private void Choose(SchemaChain chain, IReadOnlyList<SchemaPart[]> ways)
    {
        if (ways.Count == 0) IsNever = true;
        else if (ways.Count > 1) _choices.Enqueue((chain, ways));
        else
            foreach (var part in ways[0]) Add(part, chain);
    }

    private List<SchemaPart> List(SchemaPart part, string keyword)
    {
        var list = part.Under(keyword)!;
        if (list.Schema.ValueKind != JsonValueKind.Array || list.Schema.GetArrayLength() is 0 or > 1000) throw _document.Wrong(list.Path, "is not a list of 1 to 1000", "one");
        return [.. list.Schema.EnumerateArray().Select((schema, i) => list.At(schema, $"{i}"))];
    }

    /// <summary>The property is not there, or it is and the rest holds.</summary>
    private static SchemaPart[][] Dependent(SchemaPart part, JsonProperty property)
    {
        var absent = part.Derived($"{property.Name}/absent", new JsonObject { ["properties"] = new JsonObject { [property.Name] = false } });
        JsonArray required = [property.Name];
        if (property.Value.ValueKind == JsonValueKind.Array)
            foreach (var name in property.Value.EnumerateArray()) required.Add(name.GetString());
        var present = part.Derived($"{property.Name}/present", new JsonObject { ["required"] = required });
        return [[absent], property.Value.ValueKind == JsonValueKind.Array ? [present] : [present, part.At(property.Value, property.Name)]];
    }

    private static SchemaPart[] Given(SchemaPart? part) => part is null ? [] : [part];

    /// <summary>What was done for one document.</summary>
    internal sealed class StepCount
    {
        private const int MostStates = 300_000;
        private int _states;

        public int Value { get; set; }

        /// <summary>Notes an automaton that was made to try something.</summary>
        public void Spend(SchemaDocument document, string path, ByteAutomaton automaton)
        {
            if ((_states += automaton.Count) > MostStates) throw document.Wrong(path, $"needs more than {MostStates} states to see what fits", "fewer values or names beside patterns");
        }
    }
}
