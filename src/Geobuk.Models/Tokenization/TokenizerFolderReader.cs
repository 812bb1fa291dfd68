using System.Text.Json.Nodes;

namespace Geobuk.Models.Tokenization;

/// <summary>Brings together the files of a Hugging Face folder that say how text becomes tokens.</summary>
internal static class TokenizerFolderReader
{
    public static TokenizerDefinition Read(string folder)
    {
        var path = Path.Combine(folder, "tokenizer.json");
        if (!File.Exists(path))
            throw new UserInputException($"{path}: no such file; expected the tokenizer of a Hugging Face model folder. Point to a folder with config.json, *.safetensors and tokenizer.json.");
        var definition = new TokenizerJsonReader(JsonFile.ReadObject(path), path).Read();
        var config = ReadOptional(folder, "tokenizer_config.json");
        var map = ReadOptional(folder, "special_tokens_map.json");
        var generation = ReadOptional(folder, "generation_config.json");
        var ids = Ids(definition.Tokens);
        int? Special(string name) => TokenId(config[name] ?? map[name], ids);
        List<int> Known(string name) => [.. WholeNumbers(generation[name]).Where(id => id < definition.Tokens.Length)];
        var ends = Known("eos_token_id");
        return definition with
        {
            BosTokenId = Special("bos_token") ?? Known("bos_token_id").Cast<int?>().FirstOrDefault(),
            EosTokenId = Special("eos_token") ?? ends.Cast<int?>().FirstOrDefault(),
            PadTokenId = Special("pad_token"),
            GenerationEnds = ends,
            ChatTemplate = Template(folder, config),
        };
    }

    private static JsonObject ReadOptional(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? JsonFile.ReadObject(path) : [];
    }

    private static Dictionary<string, int> Ids(string?[] tokens)
    {
        var ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++)
            if (tokens[id] is { } token) ids.TryAdd(token, id);
        return ids;
    }

    // A special token is written as text or as an object with its text in content.
    private static int? TokenId(JsonNode? node, Dictionary<string, int> ids) =>
        (node is JsonObject token ? token["content"] : node).AsText() is { } text && ids.TryGetValue(text, out var id) ? id : null;

    private static IEnumerable<int> WholeNumbers(JsonNode? node) =>
        (node is JsonArray array ? [.. array] : new[] { node }).OfType<JsonValue>()
            .Select(value => value.TryGetValue<int>(out var id) ? id : -1).Where(id => id >= 0);

    private static string? Template(string folder, JsonObject config)
    {
        var file = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(file)) return JsonFile.ReadText(file);
        if (config["chat_template"] is not JsonArray named) return config["chat_template"].AsText();
        var templates = named.OfType<JsonObject>().ToList();
        return (templates.Find(entry => entry["name"].AsText() == "default") ?? templates.FirstOrDefault())?["template"].AsText();
    }
}
