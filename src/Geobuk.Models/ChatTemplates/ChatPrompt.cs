using System.Text.Json.Nodes;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.ChatTemplates;

/// <summary>
/// A chat as token ids, in which only the template can write special tokens: a message that contains the text of one,
/// such as &lt;|im_end|&gt;, stays text and cannot end its turn or open another.
/// </summary>
public static class ChatPrompt
{
    // Code points that Unicode keeps out of texts; one of them marks special tokens that came from the caller.
    private const char FirstNoncharacter = '\uFDD0', LastNoncharacter = '\uFDEF';

    /// <summary>Renders and encodes.</summary>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="template">The model's.</param>
    /// <param name="messages">Objects with role, content and whatever else the template reads; not trusted.</param>
    /// <param name="addGenerationPrompt">End with the opening of the assistant's turn.</param>
    /// <param name="variables">More names for the template, not trusted either; bos_token, eos_token and pad_token come from the tokenizer.</param>
    /// <param name="now">The moment that the template's strftime_now writes; null leaves that function undefined.</param>
    /// <exception cref="UserInputException">As <see cref="ChatTemplate.RenderJson(JsonArray, bool, IReadOnlyDictionary{string, JsonNode?}?, DateTime?)"/>.</exception>
    public static int[] EncodeJson(Tokenizer tokenizer, ChatTemplate template, JsonArray messages, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonNode?>? variables = null, DateTime? now = null)
    {
        var all = new Dictionary<string, JsonNode?>(variables ?? new Dictionary<string, JsonNode?>());
        var sources = messages.ToJsonString() + string.Concat(all.Values.Select(value => value?.ToJsonString()));
        var mark = Enumerable.Range(FirstNoncharacter, LastNoncharacter - FirstNoncharacter + 1).Select(value => (char)value)
            .First(candidate => !Holds(sources, candidate) || candidate == LastNoncharacter);
        foreach (var name in all.Keys.ToList()) all[name] = Guard(all[name], tokenizer, mark);
        all["bos_token"] = Text(tokenizer, tokenizer.BosTokenId);
        all["eos_token"] = Text(tokenizer, tokenizer.EosTokenId);
        all["pad_token"] = Text(tokenizer, tokenizer.PadTokenId);
        return tokenizer.EncodeGuarded(template.RenderJson((JsonArray)Guard(messages, tokenizer, mark)!, addGenerationPrompt, all, now), mark);
    }

    /// <summary>The same for plain messages.</summary>
    public static int[] Encode(Tokenizer tokenizer, ChatTemplate template, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, IReadOnlyDictionary<string, JsonNode?>? variables = null) =>
        EncodeJson(tokenizer, template, new JsonArray([.. messages.Select(message => (JsonNode)new JsonObject { ["role"] = message.Role, ["content"] = message.Content })]), addGenerationPrompt, variables);

    private static string Text(Tokenizer tokenizer, int? id) => id is { } known ? tokenizer.IdToToken(known) : "";

    // JSON may write the character as an escape.
    private static bool Holds(string json, char candidate) => json.Contains(candidate) || json.Contains($"\\u{(int)candidate:X4}", StringComparison.OrdinalIgnoreCase);

    private static JsonNode? Guard(JsonNode? node, Tokenizer tokenizer, char mark) => node switch
    {
        JsonArray array => new JsonArray([.. array.Select(item => Guard(item, tokenizer, mark))]),
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(tokenizer.GuardSpecialTokens(entry.Key, mark), Guard(entry.Value, tokenizer, mark)))),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(tokenizer.GuardSpecialTokens(text, mark)),
        _ => node?.DeepClone(),
    };
}
