using System.Text.Json;
using System.Text.Json.Nodes;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>
/// Reads an exam in JSON lines: {"id", "question", "choices": […], "answer": index from 0, "source"?, "topic"?}.
/// The prompt is <c>질문: {question}\n답:</c>. Every mistake of the file is reported at once.
/// </summary>
public static class ExamFile
{
    /// <summary>Form of the prompt, for protocols and reports.</summary>
    public const string PromptForm = "질문: {question}\\n답:";

    private const int MostProblems = 50;

    /// <summary>The questions of the file at <paramref name="path"/>.</summary>
    /// <exception cref="UserInputException">The file is absent, not UTF-8, or holds mistakes (path:line each).</exception>
    public static IReadOnlyList<MultipleChoiceItem> Read(string path)
    {
        var problems = new List<string>();
        var items = new List<MultipleChoiceItem>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (number, text) in TextLines.Read(path))
        {
            var reader = new Line($"{path}:{number}", problems);
            if (reader.Item(text) is not { } item) continue;
            if (!ids.TryAdd(item.Id, number))
                problems.Add($"{path}:{number}: id is \"{item.Id}\" as on line {ids[item.Id]}; expected a unique id. Rename one.");
            items.Add(item);
        }
        if (items.Count == 0 && problems.Count == 0)
            problems.Add($"{path}: the file holds no question; expected one JSON object per line. Add questions or leave the exam out.");
        if (problems.Count > MostProblems)
            problems = [.. problems.Take(MostProblems), $"{path}: {problems.Count - MostProblems} more mistakes; the first {MostProblems} are shown."];
        return problems.Count == 0 ? items : throw new UserInputException(problems);
    }

    /// <summary>One question put into the prompt form.</summary>
    public static string Prompt(string question) => $"질문: {question}\n답:";

    private readonly struct Line(string place, List<string> problems)
    {
        private const int MostChoices = 26;

        public MultipleChoiceItem? Item(string text)
        {
            JsonObject? root;
            try
            {
                root = JsonNode.Parse(text) as JsonObject;
            }
            catch (JsonException fault)
            {
                problems.Add($"{place}: {Shown(text)} is not JSON ({fault.Message.Split('.')[0]}); expected one object per line. Correct the line.");
                return null;
            }
            if (root is null)
            {
                problems.Add($"{place}: {Shown(text)} is not a JSON object; expected {{\"id\", \"question\", \"choices\", \"answer\"}}. Correct the line.");
                return null;
            }
            var before = problems.Count;
            var id = Required(root, "id");
            var question = Required(root, "question");
            var choices = Choices(root);
            var answer = Answer(root, choices.Count);
            if (problems.Count > before) return null;
            return new MultipleChoiceItem(id, Prompt(question), choices, answer)
            {
                Question = question,
                Source = Optional(root, "source"),
                Topic = Optional(root, "topic"),
            };
        }

        private string Required(JsonObject root, string key)
        {
            if (Optional(root, key) is { } text && !string.IsNullOrWhiteSpace(text)) return text;
            problems.Add($"{place}: {key} is {Shown(root[key])}; expected a text. Add it.");
            return "";
        }

        private static string? Optional(JsonObject root, string key) =>
            root[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

        private List<string> Choices(JsonObject root)
        {
            if (root["choices"] is not JsonArray array || array.Count is < 2 or > MostChoices)
            {
                problems.Add($"{place}: choices is {Shown(root["choices"])}; expected a list of 2 to {MostChoices} texts. Correct the line.");
                return [];
            }
            var choices = new List<string>();
            for (var i = 0; i < array.Count; i++)
            {
                if (array[i] is JsonValue value && value.TryGetValue<string>(out var text) && !string.IsNullOrWhiteSpace(text))
                {
                    if (choices.Contains(text))
                        problems.Add($"{place}: choices[{i}] is \"{text}\" again; expected different texts. Change one.");
                    choices.Add(text);
                }
                else
                {
                    problems.Add($"{place}: choices[{i}] is {Shown(array[i])}; expected a text. Correct the line.");
                    choices.Add($"\u0000{i}");
                }
            }
            return choices;
        }

        private int Answer(JsonObject root, int choices)
        {
            if (root["answer"] is JsonValue value && value.TryGetValue<int>(out var answer) && answer >= 0 && (choices == 0 || answer < choices)) return answer;
            var expected = choices == 0 ? "the index of the right choice, from 0" : $"0 to {choices - 1}, the index of the right choice";
            problems.Add($"{place}: answer is {Shown(root["answer"])}; expected {expected}. Correct the line.");
            return 0;
        }

        private static string Shown(JsonNode? node) => node is null ? "missing" : Shown(node.ToJsonString());

        private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";
    }
}
