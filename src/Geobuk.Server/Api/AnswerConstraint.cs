using System.Text.Json;
using System.Text.RegularExpressions;
using Geobuk.Inference.Constraints;
using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Reads what the client wants the answer to look like: response_format, or vLLM's guided_regex, guided_json and guided_choice.</summary>
internal static class AnswerConstraint
{
    private const int LongestExpression = 10_000;

    /// <summary>The constraint; null where every answer is right.</summary>
    /// <exception cref="ApiException">More than one of them, or one that cannot be kept.</exception>
    public static TokenConstraint? Read(GenerationRequest request, ServedModel model)
    {
        var all = new[] { Format(request.ResponseFormat), Schema("guided_json", request.GuidedJson), Expression(request.GuidedRegex), Choice(request.GuidedChoice) }.Where(way => way is not null).ToList();
        if (all.Count > 1) throw ApiException.Invalid("response_format", "'response_format' and guided_* say what the answer must look like more than once. Give one.", "invalid_value");
        if (all.Count == 0) return null;
        var (field, key, make) = all[0]!.Value;
        try
        {
            return model.Constraints.Get(key, () => make(model));
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid(field, $"'{field}' cannot be kept: {e.Message}", "invalid_value");
        }
    }

    private static (string, string, Func<ServedModel, TokenConstraint>)? Format(JsonElement? format)
    {
        if (format is not { ValueKind: not JsonValueKind.Null } given) return null;
        var type = given.ValueKind == JsonValueKind.Object && given.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        switch (type)
        {
            case "text":
                return null;
            case "json_object":
                return ("response_format", "object", model => TokenConstraint.OfJsonObject(model.Model.Tokenizer));
            case "json_schema":
                // Chat completions wrap the schema; responses do not.
                var holder = given.TryGetProperty("json_schema", out var wrapped) ? wrapped : given;
                if (holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty("schema", out var schema)) return Schema("response_format", schema);
                throw ApiException.Invalid("response_format", "'response_format.json_schema.schema' is missing; expected a JSON schema.", "invalid_value");
            default:
                throw ApiException.Invalid("response_format", $"'response_format' is {given.GetRawText()[..Math.Min(100, given.GetRawText().Length)]}; expected the type text, json_object or json_schema.", "invalid_value");
        }
    }

    private static (string, string, Func<ServedModel, TokenConstraint>)? Schema(string field, JsonElement? schema) =>
        schema is { ValueKind: not JsonValueKind.Null } given ? (field, $"schema {given.GetRawText()}", model => TokenConstraint.OfJsonSchema(given, model.Model.Tokenizer, field)) : null;

    private static (string, string, Func<ServedModel, TokenConstraint>)? Expression(string? pattern)
    {
        if (pattern is null) return null;
        SamplingReader.Require(pattern.Length <= LongestExpression, "guided_regex", $"{pattern.Length} characters", $"at most {LongestExpression}");
        return ("guided_regex", $"regex {pattern}", model => TokenConstraint.OfRegex(pattern, model.Model.Tokenizer, "guided_regex"));
    }

    private static (string, string, Func<ServedModel, TokenConstraint>)? Choice(IReadOnlyList<string>? choices)
    {
        if (choices is null) return null;
        SamplingReader.Require(choices.Count is > 0 and <= 1000 && choices.All(choice => choice is { Length: > 0 and <= 1000 }), "guided_choice", $"{choices.Count} answers", "1 to 1000 answers of 1 to 1000 characters");
        var pattern = string.Join('|', choices.Select(choice => Regex.Replace(choice, @"[\\.\[\](){}*+?|^$]", @"\$0")));
        return ("guided_choice", $"regex {pattern}", model => TokenConstraint.OfRegex(pattern, model.Model.Tokenizer, "guided_choice"));
    }
}
