using System.Text.Json;
using System.Text.RegularExpressions;
using Geobuk.Inference.Constraints;
using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>Reads what the client wants the answer to look like: response_format, or vLLM's guided_regex, guided_json and guided_choice, and calls of tools.</summary>
internal static class AnswerConstraint
{
    private const int LongestExpression = 10_000;

    /// <param name="Field">What asks for it.</param>
    /// <param name="Key">What it is made of: equal ones are made once.</param>
    /// <param name="Make">Makes it for a model.</param>
    private sealed record Form(string Field, string Key, Func<ServedModel, TokenConstraint> Make);

    /// <summary>
    /// The constraint; null where every answer is right. A call that must be made goes before a form; one that may be made is an
    /// alternative to it.
    /// </summary>
    /// <exception cref="ApiException">More than one form, or one that cannot be kept.</exception>
    public static TokenConstraint? Read(GenerationRequest request, ToolRequest? tools, ServedModel model)
    {
        var all = new[] { Format(request.ResponseFormat, request is ResponsesRequest ? "text.format" : "response_format"), Schema("guided_json", request.GuidedJson), Expression(request.GuidedRegex), Choice(request.GuidedChoice) }.Where(way => way is not null).ToList();
        if (all.Count > 1) throw ApiException.Invalid("response_format", "'response_format' and guided_* say what the answer must look like more than once. Give one.", "invalid_value");
        if (tools is { MustCall: true }) return Get(Calls(tools), model);
        if (all.Count == 0) return null;
        var form = all[0]!;
        if (tools is null) return Get(form, model);
        var (calls, answer) = (Calls(tools), Get(form, model));
        return Get(new Form("tools", calls.Key + form.Key, _ => TokenConstraint.Either(Get(calls, model), answer, "tools")), model);
    }

    private static TokenConstraint Get(Form form, ServedModel model)
    {
        try
        {
            return model.Constraints.Get(form.Key, () => form.Make(model));
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid(form.Field, $"'{form.Field}' cannot be kept: {e.Message}", "invalid_value");
        }
    }

    private static Form Calls(ToolRequest tools) =>
        new("tools", string.Concat(tools.Tools.Select(tool => $"tool {tool.Name} {tool.Schema.GetRawText()}\n")), model => model.Dialect!.Tools.Constraint(tools.Tools, model.Model.Tokenizer));

    private static Form? Format(JsonElement? format, string field)
    {
        if (format is not { ValueKind: not JsonValueKind.Null } given) return null;
        var type = given.ValueKind == JsonValueKind.Object && given.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        switch (type)
        {
            case "text":
                return null;
            case "json_object":
                return new Form(field, "object", model => TokenConstraint.OfJsonObject(model.Model.Tokenizer));
            case "json_schema":
                // Chat completions wrap the schema; responses do not.
                var holder = given.TryGetProperty("json_schema", out var wrapped) ? wrapped : given;
                if (holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty("schema", out var schema)) return Schema(field, schema);
                throw ApiException.Invalid(field, $"'{field}' of the type json_schema has no 'schema'; expected a JSON schema there.", "invalid_value");
            default:
                throw ApiException.Invalid(field, $"'{field}' is {given.GetRawText()[..Math.Min(100, given.GetRawText().Length)]}; expected the type text, json_object or json_schema.", "invalid_value");
        }
    }

    private static Form? Schema(string field, JsonElement? schema) =>
        schema is { ValueKind: not JsonValueKind.Null } given ? new Form(field, $"schema {given.GetRawText()}", model => TokenConstraint.OfJsonSchema(given, model.Model.Tokenizer, field)) : null;

    private static Form? Expression(string? pattern)
    {
        if (pattern is null) return null;
        SamplingReader.Require(pattern.Length <= LongestExpression, "guided_regex", $"{pattern.Length} characters", $"at most {LongestExpression}");
        return new Form("guided_regex", $"regex {pattern}", model => TokenConstraint.OfRegex(pattern, model.Model.Tokenizer, "guided_regex"));
    }

    private static Form? Choice(IReadOnlyList<string>? choices)
    {
        if (choices is null) return null;
        SamplingReader.Require(choices.Count is > 0 and <= 1000 && choices.All(choice => choice is { Length: > 0 and <= 1000 }), "guided_choice", $"{choices.Count} answers", "1 to 1000 answers of 1 to 1000 characters");
        var pattern = string.Join('|', choices.Select(choice => Regex.Replace(choice, @"[\\.\[\](){}*+?|^$]", @"\$0")));
        return new Form("guided_choice", $"regex {pattern}", model => TokenConstraint.OfRegex(pattern, model.Model.Tokenizer, "guided_choice"));
    }
}
