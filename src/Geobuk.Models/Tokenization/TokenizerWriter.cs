using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Models.Tokenization;

/// <summary>Writes a tokenizer as tokenizer.json and tokenizer_config.json, as Hugging Face tools read them.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(TokenizerDefinition definition, string folder)
    {
        Save(folder, "tokenizer.json", Tokenizer(definition));
        Save(folder, "tokenizer_config.json", Configuration(definition));
    }

    private static void Save(string folder, string name, JsonObject content) =>
        AtomicFile.WriteText(Path.Combine(folder, name), content.ToJsonString(Form) + "\n");

    private static JsonObject Tokenizer(TokenizerDefinition definition)
    {
        var vocabulary = new JsonObject();
        var added = definition.AddedTokens.Select(token => token.Id).ToHashSet();
        for (var id = 0; id < definition.Tokens.Length; id++)
            if (definition.Tokens[id] is { } token && !added.Contains(id)) vocabulary[token] = id;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. definition.AddedTokens.OrderBy(token => token.Id).Select(Added)]),
            ["normalizer"] = definition.ComposeCanonically ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = PreTokenizer(definition),
            ["post_processor"] = definition.Prefix.Count + definition.Suffix.Count == 0 ? null : Template(definition),
            ["decoder"] = ByteLevel(true, true),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = definition.UnknownId is { } unknown ? definition.Tokens[unknown] : null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = definition.IgnoreMerges,
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. definition.Merges.Select(merge => (JsonNode)new JsonArray(merge.Left, merge.Right))]),
            },
        };
    }

    internal static JsonObject Added(AddedToken token) => new()
    {
        ["id"] = token.Id,
        ["content"] = token.Content,
        ["single_word"] = token.SingleWord,
        ["lstrip"] = token.StripLeft,
        ["rstrip"] = token.StripRight,
        ["normalized"] = token.Normalized,
        ["special"] = token.Special,
    };

    internal static JsonObject PreTokenizer(TokenizerDefinition definition)
    {
        if (definition.PreTokenizer is { } given) return JsonNode.Parse(given)!.AsObject();
        var rule = definition.Splitter.Rule;
        if (rule == Gpt2Splitter.Pattern) return ByteLevel(definition.AddPrefixSpace, true);
        var split = new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = rule }, ["behavior"] = "Isolated", ["invert"] = false };
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split, ByteLevel(definition.AddPrefixSpace, false)) };
    }

    private static JsonObject ByteLevel(bool addPrefixSpace, bool useRegex) =>
        new() { ["type"] = "ByteLevel", ["add_prefix_space"] = addPrefixSpace, ["trim_offsets"] = true, ["use_regex"] = useRegex };

    private static JsonObject Template(TokenizerDefinition definition)
    {
        var ids = definition.Prefix.Concat(definition.Suffix).Distinct().ToList();
        var single = definition.Prefix.Select(Special).Append(new JsonObject { ["Sequence"] = new JsonObject { ["id"] = "A", ["type_id"] = 0 } }).Concat(definition.Suffix.Select(Special));
        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. single]),
            ["pair"] = new JsonArray(),
            ["special_tokens"] = new JsonObject(ids.Select(id => KeyValuePair.Create(definition.Tokens[id]!, (JsonNode?)new JsonObject
            {
                ["id"] = definition.Tokens[id],
                ["ids"] = new JsonArray(id),
                ["tokens"] = new JsonArray(definition.Tokens[id]),
            }))),
        };

        JsonNode Special(int id) => new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = definition.Tokens[id], ["type_id"] = 0 } };
    }

    private static JsonObject Configuration(TokenizerDefinition definition)
    {
        var json = new JsonObject { ["tokenizer_class"] = "PreTrainedTokenizerFast", ["clean_up_tokenization_spaces"] = false };
        foreach (var (key, id) in new[] { ("bos_token", definition.BosTokenId), ("eos_token", definition.EosTokenId), ("pad_token", definition.PadTokenId) })
            if (id is { } known) json[key] = definition.Tokens[known];
        if (definition.ChatTemplate is { } template) json["chat_template"] = template;
        return json;
    }
}
