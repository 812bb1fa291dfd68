using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Geobuk.Models;

/// <summary>
/// How a folder of an embedding model makes one vector of a text's, in sentence-transformers' files: modules.json names the steps after
/// the transformer, 1_Pooling/config.json says which hidden states count. The result is GGUF's pooling_type.
/// </summary>
public static class TextPooling
{
    private const string Modules = "modules.json", Usual = "1_Pooling", Config = "config.json", Mode = "pooling_mode_";
    private static readonly Dictionary<string, int> s_types = new() { ["mean_tokens"] = 1, ["cls_token"] = 2, ["lasttoken"] = 3 };

    /// <summary>1 is the mean, 2 the first token, 3 the last; null where the folder says nothing.</summary>
    /// <exception cref="UserInputException">A broken file, another pooling than these, several at once, or a step that is not computed, such as a projection.</exception>
    public static int? Read(string folder)
    {
        var pooling = Usual;
        var modules = Path.Combine(folder, Modules);
        if (File.Exists(modules))
        {
            pooling = null;
            foreach (var module in Listed(modules))
            {
                var type = module.Member("type").AsText() ?? "";
                switch (type[(type.LastIndexOf('.') + 1)..])
                {
                    case "Pooling":
                        pooling = Path.GetFileName(module.Member("path").AsText());
                        break;
                    case "Transformer" or "Normalize":
                        break;
                    default:
                        throw new UserInputException($"{modules}: has the module {JsonFile.Quote(module.Member("type"), "without a type")}; expected Transformer, Pooling and Normalize. Its step would be left out: use another embedding model.");
                }
            }
        }
        if (pooling is null) return null;
        var path = Path.Combine(folder, pooling, Config);
        return File.Exists(path) ? TypeOf(path) : null;
    }

    private static int TypeOf(string path)
    {
        var config = JsonFile.ReadObject(path);
        var modes = config.Where(entry => entry.Key.StartsWith(Mode, StringComparison.Ordinal) && entry.Value?.GetValueKind() == JsonValueKind.True).Select(entry => entry.Key[Mode.Length..]).ToList();
        return modes is [var only] && s_types.TryGetValue(only, out var type)
            ? type
            : throw new UserInputException($"{path}: pools by {(modes.Count == 0 ? "nothing" : string.Join(" and ", modes.Select(mode => Mode + mode)))}; expected one of {string.Join(", ", s_types.Keys.Select(mode => Mode + mode))}. Use another embedding model.");
    }

    private static JsonArray Listed(string path) =>
        JsonFile.ParseObject(Encoding.UTF8.GetBytes($"{{\"modules\":{JsonFile.ReadText(path)}}}"), path)["modules"] as JsonArray
        ?? throw new UserInputException($"{path}: is not a list; expected the list of modules that sentence-transformers writes. Fetch the file again.");
}
