using System.CommandLine;
using Geobuk.Corpus;
using Geobuk.Corpus.Screening;
using Geobuk.Evaluation.Reports;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus review</c>: the quarantined documents of a corpus, on a page.</summary>
internal static class CorpusReviewCommand
{
    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Folder of a corpus." };
        var page = new Option<string>("--out") { Description = "The page; it shows text that is quarantined, so keep it where that may lie.", HelpName = "FILE", DefaultValueFactory = _ => "corpus-review.html" };
        return Verb.Create("review", "Show quarantined documents with what was found where it stands, for a decision on each.",
            "geobuk corpus review runs/quickstart/corpus", [corpus, page], (arguments, output, cancellation) =>
            {
                var (folder, path) = (arguments.GetRequiredValue(corpus), arguments.GetRequiredValue(page));
                var items = QuarantinedItem.List(folder).AsParallel().AsOrdered().WithCancellation(cancellation).Select(QuarantinedItem.Read).ToList();
                ReviewPage.Write(path, folder, items.ConvertAll(Of));
                output.Result(new { Page = path, Items = items.ConvertAll(item => item.Dropped) }, console =>
                {
                    foreach (var item in items) console.WriteLine($"{item.Dropped.Item?[..16] ?? "not readable    "}  {item.Dropped.Reason}  {item.Dropped.Source}/{item.Dropped.Id}{(item.Problem is null ? "" : $" ({item.Problem})")}");
                    console.WriteLine($"{items.Count} quarantined documents on {path}");
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static ReviewedItem Of(QuarantinedItem item)
    {
        var dropped = item.Dropped;
        return new ReviewedItem(item.Document is null ? null : dropped.Item, dropped.Id, dropped.Source, dropped.Reason, item.Problem ?? dropped.Detail)
        {
            Text = item.Document?.Text,
            Findings = [.. item.Findings.Where(finding => finding.Length > 0).Select(finding => (finding.Start, finding.Length, finding.Kind))],
            Outside = [.. item.Findings.Where(finding => finding.Length == 0 && finding.Kind == FindingKind.SecurityMarking).Select(finding => finding.Detail)],
            Decision = dropped.Decision,
        };
    }
}
