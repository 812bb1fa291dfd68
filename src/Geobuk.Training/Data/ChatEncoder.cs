using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.ChatTemplates;
using Geobuk.Models.Tokenization;

namespace Geobuk.Training.Data;

/// <summary>
/// Chats as training tokens, by the checkpoint's own template. What the assistant writes is found by comparing renderings: the
/// chat up to a turn with the opening of the assistant's turn, and the chat up to and with that turn. Both must be beginnings of the
/// whole chat's tokens; then the span between them is the turn, its end token included and what the template writes behind it not.
/// A template that rewrites earlier turns (cuts their reasoning away, say) makes every turn an example of its own.
/// </summary>
public sealed class ChatEncoder(Tokenizer tokenizer, ChatTemplate template)
{
    /// <summary>The encoder of a model folder.</summary>
    /// <exception cref="UserInputException">The model has no chat template.</exception>
    public static ChatEncoder Load(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        var text = tokenizer.ChatTemplate
            ?? throw new UserInputException($"{folder}: no chat template; expected one in tokenizer_config.json or chat_template.jinja. Chats can be learnt only by a model that has one.");
        return new ChatEncoder(tokenizer, ChatTemplate.Parse(text, Path.Combine(folder, "chat template")));
    }

    /// <summary>One example, or one for every turn where the template rewrites earlier turns.</summary>
    /// <param name="messages">Objects with role and content, tool_calls and the like.</param>
    /// <param name="tools">What the template gets as tools, or null.</param>
    /// <param name="place">Names the chat in errors.</param>
    /// <exception cref="UserInputException">No assistant turn, or a template whose turns cannot be told apart.</exception>
    public IReadOnlyList<WeightedTokens> Encode(JsonArray messages, JsonNode? tools, string place)
    {
        var turns = Enumerable.Range(0, messages.Count).Where(i => (string?)messages[i]?["role"] == "assistant").ToList();
        if (turns.Count == 0) throw new UserInputException($"{place}: no message has the role assistant; expected at least one to learn from. Add it, or remove the line.");
        var spans = turns.ConvertAll(turn => (Before: Ids(messages, turn, true, tools), After: Ids(messages, turn + 1, false, tools)));
        foreach (var (before, after) in spans)
            if (!IsPrefix(before, after) || before.Length == after.Length)
                throw new UserInputException($"{place}: the chat template does not write an assistant's turn behind its generation prompt; expected it to, so that the turn's tokens can be told. Turns of this template cannot be learnt one by one.");
        var whole = Ids(messages, messages.Count, false, tools);
        if (!spans.TrueForAll(span => IsPrefix(span.After, whole)))
            return spans.ConvertAll(span => Mark(span.After, [(span.Before.Length, span.After.Length)]));
        return [Mark(whole, spans.ConvertAll(span => (span.Before.Length, span.After.Length)))];
    }

    /// <summary>An answer behind a prompt: the tokens of both, loss on the answer.</summary>
    public WeightedTokens EncodeAnswer(JsonArray prompt, JsonArray answer, JsonNode? tools, string place)
    {
        var messages = new JsonArray([.. prompt.Concat(answer).Select(message => message?.DeepClone())]);
        var before = Ids(messages, prompt.Count, true, tools);
        var after = Ids(messages, messages.Count, false, tools);
        if (!IsPrefix(before, after) || before.Length == after.Length)
            throw new UserInputException($"{place}: the answer does not follow the prompt in the chat template's tokens; expected prompt messages and then assistant messages. Correct the line.");
        return Mark(after, [(before.Length, after.Length)]);
    }

    private int[] Ids(JsonArray messages, int count, bool prompt, JsonNode? tools)
    {
        var part = new JsonArray([.. messages.Take(count).Select(message => message?.DeepClone())]);
        var variables = tools is null ? null : new Dictionary<string, JsonNode?> { ["tools"] = tools.DeepClone() };
        return ChatPrompt.EncodeJson(tokenizer, template, part, prompt, variables);
    }

    private WeightedTokens Mark(int[] ids, List<(int Start, int End)> spans)
    {
        var learns = new bool[ids.Length];
        foreach (var (start, end) in spans)
        {
            // Up to the token that ends the turn; a line break behind it is the template's.
            var last = end - 1;
            while (last > start && !tokenizer.IsSpecial(ids[last])) last--;
            learns.AsSpan(start, (last > start ? last + 1 : end) - start).Fill(true);
        }
        return new WeightedTokens(ids, learns);
    }

    private static bool IsPrefix(int[] start, int[] all) => all.AsSpan().StartsWith(start);
}
