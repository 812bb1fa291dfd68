using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>
/// KMMLU (Son et al. 2024, arXiv:2402.11548) in the prompt of lm-evaluation-harness, task version 2.0, zero-shot:
/// four options, then a full-width colon, and the likelihood of the letter. The file's answers count from 1.
/// </summary>
internal static class KmmluTask
{
    private static readonly string[] Letters = ["A", "B", "C", "D"];

    public static TaskDefinition Definition => new(
        "kmmlu", "KMMLU: expert knowledge in Korean, one subject or a folder of them",
        "{question}\\nA. {A}\\nB. {B}\\nC. {C}\\nD. {D}\\n정답：", ScoringRule.Sum, Read);

    private static List<MultipleChoiceItem> Read(string path)
    {
        var items = new List<MultipleChoiceItem>();
        foreach (var file in Files(path))
        {
            var subject = Path.GetFileNameWithoutExtension(file);
            items.AddRange(TableFile.Read(file).Select((row, index) => Item(row, $"{subject}/{index + 1}")));
        }
        return items;
    }

    private static MultipleChoiceItem Item(TableRow row, string id)
    {
        var question = row.Text("question").Trim();
        var choices = Array.ConvertAll(Letters, letter => row.Text(letter));
        var options = string.Concat(Letters.Zip(choices, (letter, choice) => $"\n{letter}. {choice}"));
        var answer = row.Label(new Dictionary<string, int> { ["1"] = 0, ["2"] = 1, ["3"] = 2, ["4"] = 3 }, "answer");
        return new MultipleChoiceItem(id, $"{question}{options}\n정답：", Letters, answer)
        {
            Question = question,
            Parts = [question, .. choices],
            Topic = row.Cells.TryGetValue("Category", out var topic) ? topic : null,
        };
    }

    private static List<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        var all = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList()
            : [];
        if (all.Count == 0)
            throw new UserInputException($"{path}: no .csv file; expected a KMMLU subject or a folder of them. Correct the path.");
        // The published folder holds dev, train and test files side by side.
        var tests = all.Where(file => file.EndsWith("-test.csv", StringComparison.OrdinalIgnoreCase)).ToList();
        return tests.Count > 0 ? tests : all;
    }
}
