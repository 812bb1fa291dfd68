using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.ChatTemplates;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Chat;

/// <summary>How a model is talked to: its own chat template, and how it is told of tools and asks for their calls.</summary>
public sealed class ChatDialect
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate _template;

    private ChatDialect(Tokenizer tokenizer, ChatTemplate template, string jinja)
    {
        (_tokenizer, _template) = (tokenizer, template);
        KnowsTools = jinja.Contains("tools", StringComparison.Ordinal);
        Tools = ToolStyle.Of(jinja);
    }

    /// <summary>The chat template writes tools and calls itself; where it does not, they are told in words.</summary>
    public bool KnowsTools { get; }

    /// <summary>How the model writes calls.</summary>
    public ToolStyle Tools { get; }

    /// <summary>The dialect of the tokenizer's chat template; null where it has none.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="place">What messages name.</param>
    /// <exception cref="UserInputException">The template uses what the sandbox does not have.</exception>
    public static ChatDialect? Of(Tokenizer tokenizer, string place) =>
        tokenizer.ChatTemplate is { } jinja ? new ChatDialect(tokenizer, ChatTemplate.Parse(jinja, place), jinja) : null;

    /// <summary>A message as <see cref="Encode"/> takes it.</summary>
    /// <param name="role">system, user, assistant or tool.</param>
    /// <param name="content">Its text.</param>
    /// <param name="calls">What the assistant asked for: objects with name and arguments.</param>
    /// <param name="callId">The call that a tool's result answers.</param>
    public JsonObject Message(string role, string content, IReadOnlyList<JsonObject>? calls = null, string? callId = null)
    {
        if (KnowsTools)
        {
            var message = new JsonObject { ["role"] = role, ["content"] = content };
            if (calls is not null) message["tool_calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject { ["type"] = "function", ["function"] = call })]);
            if (role == "tool" && callId is not null) message["tool_call_id"] = callId;
            return message;
        }
        if (calls is not null) content = string.Join('\n', calls.Select(Tools.Write).Prepend(content).Where(text => text.Length > 0));
        return role == "tool"
            ? new JsonObject { ["role"] = "user", ["content"] = $"<tool_response>\n{content}\n</tool_response>" }
            : new JsonObject { ["role"] = role, ["content"] = content };
    }

    /// <summary>
    /// The prompt of a conversation as the model's own template writes it, up to where the answer begins. Only the template can
    /// write special tokens: a message that holds the text of one cannot end its turn.
    /// </summary>
    /// <param name="messages">Objects with role, content and the like, as <see cref="Message"/> makes them; not trusted.</param>
    /// <param name="tools">What the model may call, as OpenAI's tool definitions; null where nothing.</param>
    /// <param name="effort">How much to think before answering, in OpenAI's words from none to xhigh, for templates that ask; null leaves it to them.</param>
    /// <exception cref="UserInputException">The template refuses these messages.</exception>
    public int[] Encode(JsonArray messages, JsonArray? tools = null, string? effort = null)
    {
        if (tools is not null && !KnowsTools)
        {
            // Told in the system's words, and where there are none, before the first message.
            var instruction = Tools.Instruction(tools);
            if (messages is [JsonObject first, ..] && (string?)first["role"] == "system") first["content"] = $"{first["content"]}\n\n{instruction}";
            else messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = instruction });
        }
        var variables = new Dictionary<string, JsonNode?>();
        if (tools is not null && KnowsTools) variables["tools"] = tools;
        if (effort is not null)
        {
            // The names under which templates ask: Qwen's, DeepSeek's and gpt-oss'.
            foreach (var name in new[] { "enable_thinking", "thinking" }) variables[name] = effort is not ("none" or "minimal");
            variables["reasoning_effort"] = effort;
        }
        return ChatPrompt.EncodeJson(_tokenizer, _template, messages, addGenerationPrompt: true, variables, DateTime.Now);
    }
}
