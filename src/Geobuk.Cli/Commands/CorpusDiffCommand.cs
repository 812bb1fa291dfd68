using System.CommandLine;
using System.Globalization;
using Geobuk.Corpus;
using Geobuk.Corpus.Sources;
using Geobuk.Corpus.Versions;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus diff</c>: what an amendment adds, changes and removes, and which shards have the law.</summary>
internal static class CorpusDiffCommand
{
    public static Command Create()
    {
        var old = new Argument<string>("OLD") { Description = "Laws before: a file, a folder, or FOLDER@DAY of a history with versions.jsonl and article_changes.jsonl." };
        var current = new Argument<string>("NEW") { Description = "Laws after, likewise." };
        var corpora = new Option<string[]>("--corpus") { Description = "Built corpora whose shards are looked through for the laws that change.", HelpName = "DIR", AllowMultipleArgumentsPerToken = true };
        var text = new Option<bool>("--text") { Description = "Show the texts too." };
        return Verb.Create("diff", "List the articles that an amendment adds, changes and removes, and the training shards that it touches.",
            "geobuk corpus diff old/병역법.md new/병역법.md --corpus runs/quickstart/corpus", [old, current, corpora, text], (arguments, output, cancellation) =>
            {
                var changes = Amendment.Between(Documents(arguments.GetRequiredValue(old), cancellation), Documents(arguments.GetRequiredValue(current), cancellation));
                var laws = changes.Select(change => Amendment.KeyOf(change.LawId, change.Law, "")).ToHashSet(StringComparer.Ordinal);
                var touched = (arguments.GetValue(corpora) ?? []).SelectMany(folder => CorpusRow.Read(folder)
                    .Where(row => row.Set is not null && laws.Contains(Amendment.KeyOf(row.LawId, row.Title, row.Id)))
                    .Select(row => new Touched(folder, $"{row.Set}.bin", row.Place!.Value, row.Id))).ToList();
                var counts = changes.CountBy(change => change.Change).ToDictionary();
                output.Result(new { Changes = changes, Counts = counts, Shards = touched }, console => Show(console, changes, touched, arguments.GetValue(text)));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static List<SourceDocument> Documents(string source, CancellationToken cancellation)
    {
        var at = source.LastIndexOf('@');
        if (at > 0 && !Path.Exists(source))
        {
            var laws = LawHistory.AsOf(source[..at], CorpusAsOfCommand.Day(source[(at + 1)..]), cancellation);
            return [.. laws.Select(law => DocumentReaders.Markdown(law.Path, law.ToMarkdown()))];
        }
        return [.. DocumentReaders.List([source], "OLD or NEW").AsParallel().AsOrdered().WithCancellation(cancellation).SelectMany(DocumentReaders.Read)];
    }

    private static void Show(IAnsiConsole console, IReadOnlyList<ArticleChange> changes, List<Touched> touched, bool text)
    {
        foreach (var law in changes.GroupBy(change => (change.LawId, change.Law)))
        {
            console.WriteLine(law.Key.LawId is null ? law.Key.Law : $"{law.Key.Law} ({law.Key.LawId})");
            foreach (var change in law)
            {
                console.WriteLine($"  {change.Change} {change.Article}");
                if (!text) continue;
                foreach (var line in (change.Before ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)) console.WriteLine($"    - {line}");
                foreach (var line in (change.After ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries)) console.WriteLine($"    + {line}");
            }
        }
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{changes.Count} changes: {changes.Count(c => c.Change == "added")} added, {changes.Count(c => c.Change == "changed")} changed, {changes.Count(c => c.Change == "removed")} removed"));
        foreach (var one in touched) console.WriteLine($"touches {Path.Combine(one.Corpus, one.Shard)} document {one.Place}: {one.Id}");
    }

    private sealed record Touched(string Corpus, string Shard, int Place, string Id);
}
