using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference.Constraints;
using Geobuk.Models;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>The tools of a chat request and whether one must be called.</summary>
/// <param name="Tools">Name and schema of the arguments of each that may be called.</param>
/// <param name="Definitions">As the chat template takes them.</param>
/// <param name="MustCall">The answer has to be a call.</param>
internal sealed record ToolRequest(IReadOnlyList<(string Name, JsonElement Schema)> Tools, JsonArray Definitions, bool MustCall)
{
    private const int MostTools = 128;
    private static readonly JsonElement s_noArguments = JsonDocument.Parse("""{"type":"object","properties":{},"additionalProperties":false}""").RootElement;

    /// <summary>Reads tools and tool_choice; null where no tool may be called.</summary>
    /// <exception cref="ApiException">A tool without a name, an unknown kind, or a choice that names none of them.</exception>
    public static ToolRequest? Read(ChatRequest request)
    {
        var choice = request.ToolChoice is { ValueKind: not JsonValueKind.Null } given ? given : (JsonElement?)null;
        var word = choice is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
        if (request.Tools is not { Count: > 0 } tools)
        {
            if (choice is not null && word is not ("none" or "auto")) throw ApiException.Invalid("tool_choice", "'tool_choice' asks for a call and there are no 'tools'.", "invalid_value");
            return null;
        }
        SamplingReader.Require(tools.Count <= MostTools, "tools", $"{tools.Count} tools", $"at most {MostTools}");
        var read = tools.Select((tool, i) => Read(tool, $"tools[{i}]")).ToList();
        if (word == "none") return null;
        if (choice is not null && word is not ("auto" or "required")) read = [Named(choice.Value, read)];
        var definitions = new JsonArray([.. tools.Select(tool => JsonSerializer.SerializeToNode(tool, WireJson.Wire.ToolDefinition))]);
        return new ToolRequest(read, definitions, choice is not null && word != "auto");
    }

    /// <summary>The constraint that makes the answer a call, in the style of the model.</summary>
    public TokenConstraint Constraint(ServedModel model)
    {
        try
        {
            return model.Dialect!.Tools.Constraint(Tools, model.Model.Tokenizer);
        }
        catch (UserInputException e)
        {
            throw ApiException.Invalid("tools", e.Message, "invalid_value");
        }
    }

    private static (string, JsonElement) Read(ToolDefinition? tool, string place)
    {
        if (tool is not { Type: "function", Function: { Name: { } name } function } || !IsName(name))
            throw ApiException.Invalid(place, $"'{place}' is not a function with a name of letters, digits, _ and -; expected {{\"type\":\"function\",\"function\":{{\"name\":…}}}}.", "invalid_value");
        return (name, function.Parameters is { ValueKind: JsonValueKind.Object } schema ? schema : s_noArguments);
    }

    private static (string, JsonElement) Named(JsonElement choice, List<(string Name, JsonElement Schema)> tools)
    {
        var name = choice.ValueKind == JsonValueKind.Object && choice.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object
            && function.TryGetProperty("name", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        var found = tools.Where(tool => tool.Name == name).ToList();
        return found.Count > 0 ? found[0] : throw ApiException.Invalid("tool_choice", $"'tool_choice' is {choice.GetRawText()}; expected none, auto, required, or a function of 'tools'.", "invalid_value");
    }

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
