using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;

namespace Geobuk.Training.Data;

/// <summary>Lines of JSON objects from files and folders, in a fixed order, with their places.</summary>
internal static class JsonLines
{
    /// <summary>Every object with its place FILE:LINE; empty lines are passed over.</summary>
    /// <exception cref="UserInputException">A line that is no JSON object.</exception>
    public static IEnumerable<(string Place, JsonObject Object)> Read(IReadOnlyList<string> paths)
    {
        foreach (var file in paths.SelectMany(Files))
        {
            var number = 0;
            foreach (var line in File.ReadLines(file))
            {
                number++;
                if (string.IsNullOrWhiteSpace(line)) continue;
                yield return ($"{file}:{number}", Parse(line, $"{file}:{number}"));
            }
        }
    }

    /// <summary>The files below paths.</summary>
    public static IEnumerable<string> Files(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [path];

    /// <summary>An array of an object.</summary>
    /// <exception cref="UserInputException">It is not there, or no array of objects.</exception>
    public static JsonArray Messages(JsonObject line, string key, string place)
    {
        // Some collections write an answer as its text alone.
        if (line[key] is JsonValue value && value.TryGetValue<string>(out var text))
            return [new JsonObject { ["role"] = key == "prompt" ? "user" : "assistant", ["content"] = text }];
        if (line[key] is JsonArray { Count: > 0 } messages && messages.All(message => message is JsonObject entry && entry["role"] is JsonValue)) return messages;
        throw new UserInputException($"{place}: {key} is {Shown(line[key])}; expected a list of messages, each with role and content. Correct the line.");
    }

    private static JsonObject Parse(string line, string place)
    {
        try
        {
            if (JsonNode.Parse(line) is JsonObject parsed) return parsed;
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{place}: not JSON ({fault.Message}); expected one JSON object a line. Correct the line.", fault);
        }
        throw new UserInputException($"{place}: not a JSON object; expected one a line. Correct the line.");
    }

    private static string Shown(JsonNode? node)
    {
        var text = node?.ToJsonString() ?? "absent";
        return text.Length > 60 ? text[..60] + "..." : text;
    }
}
