using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Tokenization;

/// <summary>Writes a trained vocabulary as the files that Hugging Face tools read.</summary>
internal static class TrainedTokenizerWriter
{
    /// <summary>
    /// The chat form of A.X 4.0 without tools: role tokens, no line breaks, no default system prompt.
    /// </summary>
    public const string ChatTemplate =
        "{%- for message in messages -%}"
        + "{%- if message['role'] not in ['system', 'user', 'assistant'] -%}{{- raise_exception('role ' + message['role'] + ' is not system, user or assistant') -}}{%- endif -%}"
        + "{{- '<|im_start|><|' + message['role'] + '|>' + message['content'] + '<|im_end|>' -}}"
        + "{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{- '<|im_start|><|assistant|>' -}}{%- endif -%}";

    private const string EndOfText = "<|endoftext|>";
    private const string EndOfTurn = "<|im_end|>";
    private const string Padding = "<|pad|>";

    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string folder, List<string> tokens, List<(string Left, string Right)> merges)
    {
        Directory.CreateDirectory(folder);
        Save(folder, "tokenizer.json", Tokenizer(tokens, merges));
        Save(folder, "tokenizer_config.json", Configuration());
        Save(folder, "special_tokens_map.json", Roles());
        Save(folder, "generation_config.json", Generation());
    }

    private static void Save(string folder, string name, JsonObject content) =>
        AtomicFile.Write(Path.Combine(folder, name), stream => JsonSerializer.Serialize(stream, content, Form));

    private static JsonObject Tokenizer(List<string> tokens, List<(string Left, string Right)> merges)
    {
        var vocabulary = new JsonObject();
        for (var id = 0; id < tokens.Count; id++) vocabulary[tokens[id]] = id;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. BpeTrainer.SpecialTokens.Select((token, id) => Added(token, id))]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(addPrefixSpace: false),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(addPrefixSpace: true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))]),
            },
        };
    }

    private static JsonObject Added(string token, int id) => new()
    {
        ["id"] = id,
        ["content"] = token,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ByteLevel(bool addPrefixSpace) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = addPrefixSpace,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static JsonObject Configuration()
    {
        var described = new JsonObject();
        for (var id = 0; id < BpeTrainer.SpecialTokens.Count; id++)
        {
            var token = Added(BpeTrainer.SpecialTokens[id], id);
            token.Remove("id");
            described[$"{id}"] = token;
        }
        return new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["add_prefix_space"] = false,
            ["added_tokens_decoder"] = described,
            ["bos_token"] = EndOfText,
            ["eos_token"] = EndOfText,
            ["pad_token"] = Padding,
            ["clean_up_tokenization_spaces"] = false,
            ["chat_template"] = ChatTemplate,
        };
    }

    private static JsonObject Roles() => new()
    {
        ["bos_token"] = EndOfText,
        ["eos_token"] = EndOfText,
        ["pad_token"] = Padding,
        ["additional_special_tokens"] = new JsonArray([.. BpeTrainer.SpecialTokens.Where(token => token is not (EndOfText or Padding)).Select(token => (JsonNode)token)]),
    };

    private static JsonObject Generation() => new()
    {
        ["bos_token_id"] = Id(EndOfText),
        ["eos_token_id"] = new JsonArray(Id(EndOfText), Id(EndOfTurn)),
        ["pad_token_id"] = Id(Padding),
    };

    private static int Id(string token) => BpeTrainer.SpecialTokens.ToList().IndexOf(token);
}
