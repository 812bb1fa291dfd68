using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Inference.Constraints;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Chat;

/// <summary>How a model family writes a call of a tool, told by its chat template.</summary>
/// <param name="Open">What a call begins with; empty where the answer as a whole is one.</param>
/// <param name="Close">What ends it.</param>
/// <param name="Arguments">Name of the arguments in the call's JSON.</param>
public sealed record ToolStyle(string Open, string Close, string Arguments)
{
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Hermes' form, which Qwen's and A.X 4's templates use too.</summary>
    public static ToolStyle Hermes { get; } = new("<tool_call>\n", "\n</tool_call>", "arguments");

    /// <summary>Llama 3's form: the answer is the call.</summary>
    public static ToolStyle Llama { get; } = new("", "", "parameters");

    /// <summary>The style of a chat template.</summary>
    public static ToolStyle Of(string? template) =>
        template is not null && !template.Contains("<tool_call>", StringComparison.Ordinal) && template.Contains("\"parameters\"", StringComparison.Ordinal) ? Llama : Hermes;

    /// <summary>What comes before the arguments of a call.</summary>
    public string Before(string name) => $"{Open}{{\"name\": {Quoted(name)}, \"{Arguments}\": ";

    /// <summary>What comes after them.</summary>
    public string After => $"}}{Close}";

    /// <summary>A call as the model would have written it.</summary>
    public string Write(JsonObject call) => $"{Before((string)call["name"]!)}{call["arguments"]?.ToJsonString(s_plain) ?? "{}"}{After}";

    /// <summary>What to tell a model whose template does not speak of tools.</summary>
    public string Instruction(JsonArray tools) =>
        $"You may call these functions, given as JSON:\n{string.Join('\n', tools.Select(tool => tool!.ToJsonString(s_plain)))}\nTo call one, answer with\n{Before("NAME").Trim()} {{…}}{After}";

    /// <summary>What makes an answer a call of one of the tools, with arguments that fit its schema.</summary>
    /// <param name="tools">Name and JSON schema of the arguments of each.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="UserInputException">A schema that cannot be honoured, or all of them too large.</exception>
    public TokenConstraint Constraint(IEnumerable<(string Name, JsonElement Schema)> tools, Tokenizer tokenizer) =>
        TokenConstraint.OfFramedSchemas([.. tools.Select(tool => (Before(tool.Name), tool.Schema))], After, tokenizer, "tools");

    private static string Quoted(string text) => JsonSerializer.Serialize(text, s_plain);
}
