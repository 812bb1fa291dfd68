using System.CommandLine;
using Geobuk.Corpus;
using Geobuk.Corpus.Contamination;
using Geobuk.Corpus.Sources;
using Geobuk.Evaluation.Tasks;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus contamination</c>: which evaluation items stand in the training text.</summary>
internal static class CorpusContaminationCommand
{
    public static Command Create()
    {
        var sources = new Argument<string[]>("CORPUS|DIR") { Description = "Built corpora, or folders and files of documents.", Arity = ArgumentArity.OneOrMore };
        var task = new Option<string>("--task") { Description = "An exam file, or NAME=PATH as for geobuk eval.", HelpName = "TASK", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "Model folder whose tokenizer made the corpus; needed for a built one.", HelpName = "MODEL" };
        var window = new Option<int>("--window") { Description = "Letters and digits that must agree in a row.", HelpName = "N", DefaultValueFactory = _ => ContaminationLedger.DefaultWindow };
        var target = new Option<string?>("--out") { Description = "Write the ledger, a line for each item.", HelpName = "FILE" };
        return Verb.Create("contamination", "Find evaluation items that stand in the training text, by windows of characters.",
            "geobuk corpus contamination samples/rulebook --task samples/exam.jsonl", [sources, task, tokenizer, window, target], (arguments, output, cancellation) =>
            {
                if (arguments.GetValue(window) < 8) throw new UserInputException($"--window: {arguments.GetValue(window)}; expected at least 8. 30 is usual.");
                var (definition, path) = TaskRegistry.Parse(arguments.GetRequiredValue(task));
                var items = definition.Read(path).Select(item => new EvaluationText(item.Id, item.Parts));
                var training = arguments.GetRequiredValue(sources).SelectMany(source => Training(source, arguments.GetValue(tokenizer)));
                var rows = ContaminationLedger.Of(items, training, arguments.GetValue(window), cancellation);
                if (arguments.GetValue(target) is { } file) ContaminationLedger.Write(file, rows);
                var dirty = rows.Count(row => row.Dirty);
                var tooShort = rows.Count(row => !row.Judged);
                output.Result(new { Items = rows.Count, Dirty = dirty, Clean = rows.Count - dirty, TooShort = tooShort, Rows = rows }, console =>
                {
                    console.WriteLine($"{rows.Count} items: {dirty} share {arguments.GetValue(window)} letters or more with the training text, {rows.Count - dirty} do not ({tooShort} of them are shorter)");
                    foreach (var row in rows.Where(row => row.Dirty).OrderByDescending(row => row.Share).Take(20)) console.WriteLine($"{row.Id}: {row.Share:P0}, longest {row.Longest}, {row.Documents} documents, first {row.First}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static IEnumerable<(string Name, string Text)> Training(string source, string? tokenizer)
    {
        if (File.Exists(Path.Combine(source, CorpusRow.File)))
            return TrainingText.OfCorpus(source, Tokenizer.Load(tokenizer ?? throw new UserInputException($"{source}: a built corpus; expected --tokenizer with the model that it was built for. Name it.")));
        return DocumentReaders.List([source], "CORPUS|DIR").SelectMany(DocumentReaders.Read).Select(document => (document.Id, document.Text));
    }
}
