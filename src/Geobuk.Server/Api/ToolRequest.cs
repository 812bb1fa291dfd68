using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference.Chat;
using Geobuk.Server.Api.Wire;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>The tools of a request and whether one must be called.</summary>
/// <param name="Tools">Name and schema of the arguments of each that may be called.</param>
/// <param name="Definitions">As the chat template takes them.</param>
/// <param name="MustCall">The answer has to be a call.</param>
/// <param name="Several">It may be more than one.</param>
internal sealed record ToolRequest(IReadOnlyList<(string Name, JsonElement Schema)> Tools, JsonArray Definitions, bool MustCall, bool Several)
{
    private const int MostTools = 128;
    private static readonly JsonElement s_noArguments = JsonDocument.Parse("""{"type":"object","properties":{},"additionalProperties":false}""").RootElement;

    /// <summary>Reads tools and tool_choice; null where no tool may be called.</summary>
    /// <param name="given">The tools.</param>
    /// <param name="choice">none, auto, required, an object that names a function, or one that allows some (allowed_tools), in the form of chat or of responses.</param>
    /// <param name="parallel">False takes one call and no more.</param>
    /// <exception cref="ApiException">A tool without a name, an unknown kind, or a choice that names none of them.</exception>
    public static ToolRequest? Read(IReadOnlyList<ToolDefinition?>? given, JsonElement? choice, bool? parallel)
    {
        var (mode, names) = choice is { ValueKind: not JsonValueKind.Null } set ? Chosen(set) : ("auto", null);
        if (given is not { Count: > 0 } tools)
        {
            if (names is not null || mode is not ("none" or "auto")) throw ApiException.Invalid("tool_choice", "'tool_choice' asks for a call and there are no 'tools'.", "invalid_value");
            return null;
        }
        SamplingReader.Require(tools.Count <= MostTools, "tools", $"{tools.Count} tools", $"at most {MostTools}");
        var read = tools.Select((tool, i) => Read(tool, $"tools[{i}]")).ToList();
        if (mode == "none") return null;
        if (names is not null && (names.Count == 0 || names.Exists(name => !read.Exists(tool => tool.Name == name)))) throw Wrong(choice!.Value);
        bool IsAllowed(string? name) => names is null || names.Contains(name);
        // Where the constraint keeps the others out, the prompt stays as it is with any choice, and so does what is cached of it.
        var told = tools.Where(tool => mode != "auto" || IsAllowed(tool!.Function!.Name)).Select(tool => JsonSerializer.SerializeToNode(tool, WireJson.Wire.ToolDefinition));
        return new ToolRequest(read.FindAll(tool => IsAllowed(tool.Name)), [.. told], mode != "auto", parallel ?? true);
    }

    /// <summary>Tells calls from text in one answer.</summary>
    public ToolCallReader Reader(ServedModel model) => new(model.Dialect!.Tools, [.. Tools.Select(tool => tool.Name)]);

    /// <summary>none, auto or required, and which tools; null stands for all.</summary>
    private static (string Mode, List<string?>? Names) Chosen(JsonElement choice)
    {
        if (choice.ValueKind == JsonValueKind.String && choice.GetString() is "none" or "auto" or "required") return (choice.GetString()!, null);
        if (choice.ValueKind != JsonValueKind.Object) throw Wrong(choice);
        if (!choice.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !type.ValueEquals("allowed_tools")) return ("required", [NameOf(choice)]);
        // Chat wraps the list once more; responses do not.
        var list = choice.TryGetProperty("allowed_tools", out var wrapped) && wrapped.ValueKind == JsonValueKind.Object ? wrapped : choice;
        var mode = list.TryGetProperty("mode", out var how) && how.ValueKind == JsonValueKind.String ? how.GetString() : null;
        return mode is "auto" or "required" && list.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array
            ? (mode, [.. tools.EnumerateArray().Select(NameOf)])
            : throw Wrong(choice);
    }

    private static (string Name, JsonElement Schema) Read(ToolDefinition? tool, string place)
    {
        if (tool is not { Type: "function", Function: { Name: { } name } function })
            throw ApiException.Invalid(place, $"'{place}' is not a function with a name; expected \"type\" \"function\" and a \"name\", in chat within \"function\".", "invalid_value");
        if (!IsName(name)) throw ApiException.Invalid(place, $"'{place}' is named \"{name}\"; expected 1 to 64 of the letters a to z and A to Z, digits, _ and -. Rename it.", "invalid_value");
        return (name, function.Parameters is { ValueKind: JsonValueKind.Object } schema ? schema : s_noArguments);
    }

    /// <summary>The function that an object names: chat in an object of its own, responses at once.</summary>
    private static string? NameOf(JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object) return null;
        var holder = choice.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object ? function : choice;
        return holder.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
    }

    private static ApiException Wrong(JsonElement choice) =>
        ApiException.Invalid("tool_choice", $"'tool_choice' is {choice.GetRawText()}; expected none, auto, required, a function of 'tools', or allowed_tools with a mode and functions of 'tools'.", "invalid_value");

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
