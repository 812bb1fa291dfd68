using System.Text.Json;

namespace Geobuk.Inference.Constraints;

/// <summary>Strings: "pattern", "format", "minLength" and "maxLength", what a "not" leaves out.</summary>
internal sealed class SchemaStrings(ByteAutomaton automaton, SchemaDocument document)
{
    private const int MostCharacters = 1_000_000, LongestPattern = 10_000;

    /// <summary>The characters between the quotes, before a state.</summary>
    /// <param name="values">The values that are left; null is any.</param>
    /// <param name="all">The schemas that hold.</param>
    /// <param name="next">What follows.</param>
    public int Inner(List<JsonElement>? values, SchemaConjunction all, int next)
    {
        var language = new TextLanguage(document.Place(all.Parts.Count > 0 ? all.Parts[0].Path : ""));
        foreach (var part in all.Parts)
        {
            var (least, most) = (document.Count(part, "minLength", MostCharacters) ?? 0, document.Count(part, "maxLength", MostCharacters));
            language.Least = Math.Max(language.Least, least);
            if (language.Most is null || most < language.Most) language.Most = most;
            if (most < least && !part.IsNegative) throw document.Wrong($"{part.Path}/maxLength", $"is {most}, below minLength", $"{least} or more");
            if (part.Find("pattern") is not null) language.Require(Pattern(part));
            if (Format(part, all) is { } format) language.Require(TextLanguage.Whole(format, document.Place($"{part.Path}/format")));
            if (SchemaNegation.Excluded(part) is { } refused && refused.Find("pattern") is not null) language.Refuse(Pattern(refused));
        }
        language.Refuse([.. JsonSchemaConstraint.Excluded(all).Where(value => value.ValueKind == JsonValueKind.String).Select(value => value.GetString()!)]);
        if (values is not null) language.Require(new RegexPart((target, end, _) => target.Either([.. values.Where(value => value.ValueKind == JsonValueKind.String).Select(value => target.Text(JsonText.Inner(value.GetString()!), end))]), 0, MostCharacters));
        return language.Build(automaton, next);
    }

    private RegexPart Pattern(SchemaPart part)
    {
        var pattern = Text(part, "pattern");
        if (pattern.Length > LongestPattern) throw document.Wrong($"{part.Path}/pattern", $"has {pattern.Length} characters", $"at most {LongestPattern}");
        return TextLanguage.Searched(pattern, document.Place($"{part.Path}/pattern"));
    }

    private string? Format(SchemaPart part, SchemaConjunction all)
    {
        // Some generators write a null where there is no format.
        if (part.Find("format") is null or { ValueKind: JsonValueKind.Null }) return null;
        var name = Text(part, "format");
        if (StringFormats.TryFind(name, all.Parts.Any(other => other.Find("maxLength") is not null), out var expression)) return expression ?? throw document.Wrong($"{part.Path}/format", $"is \"{name}\"", "a format that can be generated");
        if (StringFormats.MeantBy(name) is { } meant) throw document.Wrong($"{part.Path}/format", $"is \"{name}\"", $"\"{meant}\"");
        return null;
    }

    private string Text(SchemaPart part, string keyword) =>
        part.Find(keyword) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw document.Wrong($"{part.Path}/{keyword}", $"is {SchemaDocument.Shown(part.Find(keyword)!.Value)}", "a text");
}
