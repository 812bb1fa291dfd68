using System.Text.Json.Nodes;

namespace Geobuk.Models.ChatTemplates;

/// <summary>
/// The Jinja subset of chat templates, set as transformers sets it (trim_blocks, lstrip_blocks). A template comes with a
/// downloaded model, so it is a sandbox: no reflection, no files, no clock but a moment that the caller names, and limits on steps, depth and size.
/// </summary>
public sealed class ChatTemplate
{
    private readonly IReadOnlyList<Statement> _body;
    private readonly string _place;

    private ChatTemplate(IReadOnlyList<Statement> body, string place) => (_body, _place) = (body, place);

    /// <summary>Reads a template; <paramref name="place"/> names it in errors.</summary>
    /// <exception cref="UserInputException">With the line: a syntax error or a construct outside the subset.</exception>
    public static ChatTemplate Parse(string jinja, string place)
    {
        var tokens = new TemplateLexer(jinja, place).Read();
        return new ChatTemplate(new TemplateParser(tokens, place).Read(), place);
    }

    /// <summary>The text that the model sees.</summary>
    /// <param name="messages">The chat so far.</param>
    /// <param name="addGenerationPrompt">End with the opening of the assistant's turn.</param>
    /// <param name="variables">More names for the template: tools, bos_token, enable_thinking and the like.</param>
    /// <param name="now">The moment that strftime_now writes; null leaves that function undefined.</param>
    /// <exception cref="UserInputException">The template raises, uses what is undefined, or passes a limit.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonNode?>? variables = null, DateTime? now = null)
    {
        var array = new JsonArray();
        foreach (var message in messages) array.Add((JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content });
        return RenderJson(array, addGenerationPrompt, variables, now);
    }

    /// <summary>The same for messages with more fields than role and content, such as tool_calls.</summary>
    public string RenderJson(JsonArray messages, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonNode?>? variables = null, DateTime? now = null)
    {
        var context = new RenderContext(_place);
        if (now is { } moment) context.Set("strftime_now", TemplateClock.At(moment));
        foreach (var (name, node) in variables ?? new Dictionary<string, JsonNode?>()) context.Set(name, TemplateValue.FromJson(node));
        context.Set("messages", TemplateValue.FromJson(messages));
        context.Set("add_generation_prompt", addGenerationPrompt);
        foreach (var statement in _body)
            if (statement.Run(context) != Flow.Next) break;
        return context.Output;
    }
}
