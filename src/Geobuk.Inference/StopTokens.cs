using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference;

/// <summary>The tokens that end a generation, gathered from every place that names some.</summary>
internal static class StopTokens
{
    /// <summary>The configuration's, the tokenizer's ends of sequence and turn, and those of a folder's generation_config.json.</summary>
    public static HashSet<int> Read(string path, ModelConfig config, Tokenizer? tokenizer)
    {
        var ids = new HashSet<int>(config.EosTokenIds);
        if (tokenizer is not null) ids.UnionWith(tokenizer.StopTokenIds);
        var file = Path.Combine(path, "generation_config.json");
        if (!File.Exists(file)) return ids;
        try
        {
            var node = JsonNode.Parse(File.ReadAllText(file))?["eos_token_id"];
            if (node is JsonArray array) ids.UnionWith(array.Select(item => item!.GetValue<int>()));
            else if (node is not null) ids.Add(node.GetValue<int>());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new UserInputException($"{file}: eos_token_id is unreadable ({e.Message}); expected a token id or a list of them. Correct the file.", e);
        }
        return ids;
    }
}
