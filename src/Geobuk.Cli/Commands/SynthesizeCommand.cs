using System.CommandLine;
using Geobuk.Corpus.Synthesis;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus synthesize</c>: training text and an exam out of the structure of statutes.</summary>
internal static class SynthesizeCommand
{
    public static Command Create()
    {
        var sources = new Argument<string[]>("DIR") { Description = "Folders or files of statutes.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string>("--out") { Description = "Folder for synthetic.jsonl, exam.jsonl and held-back.txt.", HelpName = "DIR", Required = true };
        var share = new Option<double>("--exam-share") { Description = "Share of the articles that only the exam asks about.", DefaultValueFactory = _ => 0.2 };
        var questions = new Option<int>("--questions") { Description = "Questions at most.", DefaultValueFactory = _ => 300 };
        var seed = new Option<int>("--seed") { Description = "Seed of the draw.", DefaultValueFactory = _ => 17 };
        return Verb.Create("synthesize", "Make questions, answers and restatements of statutes, and an exam on articles held back from them; no model takes part.",
            "geobuk corpus synthesize data/statutes --out data/synthetic", [sources, target, share, questions, seed], (arguments, output, cancellation) =>
            {
                var (portion, most, folder) = (arguments.GetValue(share), arguments.GetValue(questions), arguments.GetRequiredValue(target));
                if (portion is not (>= 0 and < 1)) throw new UserInputException($"--exam-share: is {portion}; expected 0 to below 1. 0.2 is usual.");
                if (most < 0) throw new UserInputException($"--questions: is {most}; expected 0 or more. 300 gives intervals of about 5 points.");
                var made = SynthesisFiles.Write(arguments.GetRequiredValue(sources), new SynthesisOptions(portion, most, arguments.GetValue(seed)), folder, cancellation);
                var facts = made.Training.GroupBy(fact => fact.Kind).OrderBy(kind => kind.Key).ToDictionary(kind => kind.Key.ToString(), kind => kind.Count());
                output.Result(new { Folder = folder, Facts = facts, Texts = made.Texts.Count, Questions = made.Exam.Count, HeldBack = made.HeldBack.Count }, console =>
                    console.WriteLine($"{folder}: {made.Texts.Count:N0} texts of {made.Training.Count:N0} facts ({string.Join(", ", facts.Select(kind => $"{kind.Key} {kind.Value:N0}"))}), {made.Exam.Count} questions on {made.HeldBack.Count:N0} articles held back"));
                return Task.FromResult(ExitCode.Done);
            });
    }
}
