using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>The tasks that <c>geobuk eval --list</c> shows. A new one is one entry here and the file that reads it.</summary>
public static class TaskRegistry
{
    /// <summary>The exam in the project's own JSON lines.</summary>
    public static TaskDefinition Exam { get; } = new(
        "exam", "Multiple choice from a JSON lines file of your own (id, question, choices, answer)",
        ExamFile.PromptForm, ScoringRule.PerCharacter, ExamFile.Read);

    /// <summary>Every task, in the order of the list. Perplexity needs no questions and is not one of them.</summary>
    public static IReadOnlyList<TaskDefinition> All { get; } = [Exam, .. KobestTasks.All, KmmluTask.Definition];

    /// <summary>
    /// The task and its path from <c>NAME=PATH</c>; a bare path of a .jsonl file is an exam.
    /// </summary>
    /// <exception cref="UserInputException">The name is unknown or the path is missing.</exception>
    public static (TaskDefinition Task, string Path) Parse(string text)
    {
        var equals = text.IndexOf('=');
        if (equals < 0 && text.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)) return (Exam, text);
        var name = equals < 0 ? text : text[..equals];
        var task = All.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new UserInputException($"--task: {name} is not a task; expected one of perplexity, {string.Join(", ", All.Select(t => t.Name))}. See geobuk eval --list.");
        return equals < 0 || equals == text.Length - 1
            ? throw new UserInputException($"--task: {task.Name} has no data; expected {task.Name}=PATH. Benchmarks are not part of Geobuk: name the file or folder on this machine.")
            : (task, text[(equals + 1)..]);
    }
}
