using System.CommandLine;
using Geobuk.Evaluation;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk eval</c>: scores with intervals.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var model = new Argument<string?>("MODEL") { Description = ModelPath.Argument().Description, Arity = ArgumentArity.ZeroOrOne };
        var tasks = new Option<string?>("--task") { Description = "perplexity, an exam file, or NAME=PATH; several separated by commas.", HelpName = "TASK[,TASK]" };
        var text = new Option<string?>("--text") { Description = "Text for perplexity: a text file, a .jsonl of documents, or a folder of them.", HelpName = "FILE" };
        var limit = new Option<int?>("--limit") { Description = "Questions or documents at most.", HelpName = "N" };
        var list = new Option<bool>("--list") { Description = "Name the tasks." };
        return Verb.Create("eval", "Score a model on text and on questions, with 95 % intervals.",
            "geobuk eval samples/ax-pico --task samples/exam.jsonl --limit 50", [model, tasks, text, limit, list], (arguments, output, cancellation) =>
            {
                if (arguments.GetValue(list)) return Task.FromResult(List(output));
                var names = (arguments.GetValue(tasks) ?? throw new UserInputException("--task: none given; expected perplexity or a task. See geobuk eval --list.")).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                var path = ModelPath.Resolve(arguments.GetValue(model) ?? throw new UserInputException("MODEL: none given; expected a Hugging Face folder or a GGUF file. Name one."));
                IReadOnlyDictionary<string, TaskScore> scores;
                using (var display = output.Progress())
                    scores = ModelEvaluation.Run(path, names, arguments.GetValue(text), arguments.GetValue(limit), display.Of("eval"), cancellation);
                output.Result(new { Tasks = scores }, console =>
                {
                    foreach (var (name, score) in scores) console.WriteLine($"{name}: {score.Score:0.####} [{score.Low:0.####}, {score.High:0.####}], n = {score.N:N0}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static int List(Terminal.Output output)
    {
        var known = TaskRegistry.All.Select(task => new { task.Name, task.Description }).Prepend(new { Name = ModelEvaluation.Perplexity, Description = "Perplexity and bits per byte of --text" }).ToList();
        output.Result(new { Tasks = known }, console =>
        {
            foreach (var task in known) console.WriteLine($"{task.Name,-18} {task.Description}");
        });
        return ExitCode.Done;
    }
}
