using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>
/// KoBEST (Jang et al. 2022, COLING) in the prompts of lm-evaluation-harness, kobest_* version 1.0, zero-shot.
/// The user gives the benchmark's folder, the subtask's folder or one file (.tsv, .csv, .jsonl); the test split is read.
/// </summary>
internal static class KobestTasks
{
    private static readonly Dictionary<string, int> Truth = new(StringComparer.OrdinalIgnoreCase)
    { ["true"] = 1, ["false"] = 0, ["1"] = 1, ["0"] = 0 };

    private static readonly string[] NoYes = ["아니오", "예"];

    public static IEnumerable<TaskDefinition> All =>
    [
        // The prompt ends in a space and the choice begins with one: the harness sends two, and the score depends on it.
        Task("boolq", "KoBEST BoolQ: is the statement true of the paragraph", "{paragraph} 질문: {question} 답변: ", ScoringRule.Sum, BoolQ),
        Task("copa", "KoBEST COPA: cause or consequence of a sentence", "{premise}  왜냐하면|그래서", ScoringRule.Sum, Copa),
        Task("hellaswag", "KoBEST HellaSwag: how a text goes on", "문장: {context}", ScoringRule.PerCharacter, HellaSwag),
        Task("sentineg", "KoBEST SentiNeg: sentiment of sentences with negation", "문장: {sentence} 긍부정:", ScoringRule.Sum, SentiNeg),
        Task("wic", "KoBEST WiC: one word in two sentences, same sense or not", "문장1: {context_1} 문장2: {context_2} 두 문장에서 {word}가 같은 뜻으로 쓰였나?", ScoringRule.Sum, WiC),
    ];

    private static TaskDefinition Task(string subtask, string description, string form, ScoringRule rule, Func<TableRow, int, MultipleChoiceItem> item) =>
        new($"kobest_{subtask}", description, form, rule, path => [.. TableFile.Read(File(path, subtask)).Select(item)]);

    private static MultipleChoiceItem BoolQ(TableRow row, int index) => new(
        Id("boolq", index), $"{row.Text("paragraph", "Text")} 질문: {row.Text("question")} 답변: ", NoYes, row.Label(Truth, "label", "Answer"));

    private static MultipleChoiceItem Copa(TableRow row, int index)
    {
        var asked = row.Label(new Dictionary<string, int> { ["원인"] = 0, ["결과"] = 1 }, "question");
        var label = row.Cells.ContainsKey("label")
            ? row.Label(new Dictionary<string, int> { ["0"] = 0, ["1"] = 1 }, "label")
            : row.Label(new Dictionary<string, int> { ["1"] = 0, ["2"] = 1 }, "Answer");
        return new MultipleChoiceItem(
            Id("copa", index), $"{row.Text("premise", "sentence")} {(asked == 0 ? " 왜냐하면" : " 그래서")}",
            [row.Text("alternative_1", "1"), row.Text("alternative_2", "2")], label);
    }

    private static MultipleChoiceItem HellaSwag(TableRow row, int index) => new(
        Id("hellaswag", index), $"문장: {row.Text("context")}",
        [row.Text("ending_1", "choice1"), row.Text("ending_2", "choice2"), row.Text("ending_3", "choice3"), row.Text("ending_4", "choice4")],
        row.Label(new Dictionary<string, int> { ["0"] = 0, ["1"] = 1, ["2"] = 2, ["3"] = 3 }, "label"));

    private static MultipleChoiceItem SentiNeg(TableRow row, int index) => new(
        Id("sentineg", index), $"문장: {row.Text("sentence", "Text")} 긍부정:", ["부정", "긍정"], row.Label(Truth, "label"));

    private static MultipleChoiceItem WiC(TableRow row, int index) => new(
        Id("wic", index),
        $"문장1: {row.Text("context_1", "SENTENCE1")} 문장2: {row.Text("context_2", "SENTENCE2")} 두 문장에서 {row.Text("word", "Target")}가 같은 뜻으로 쓰였나?",
        NoYes, row.Label(Truth, "label", "ANSWER"));

    private static string Id(string subtask, int index) => $"{subtask}/{index + 1}";

    private static string File(string path, string subtask)
    {
        if (System.IO.File.Exists(path)) return path;
        if (!Directory.Exists(path))
            throw new UserInputException($"{path}: neither a file nor a folder; expected KoBEST's folder or a test file. Correct the path.");
        var folders = Directory.EnumerateDirectories(path)
            .Where(folder => Path.GetFileName(folder).Equals(subtask, StringComparison.OrdinalIgnoreCase)).Append(path);
        foreach (var folder in folders)
            foreach (var extension in new[] { ".tsv", ".csv", ".jsonl" })
                if (System.IO.File.Exists(Path.Combine(folder, "test" + extension))) return Path.Combine(folder, "test" + extension);
        throw new UserInputException($"{path}: no test.tsv, test.csv or test.jsonl in it or in {subtask}/; expected KoBEST's files. Name the file itself.");
    }
}
