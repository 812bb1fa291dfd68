using System.CommandLine;
using Geobuk.Corpus;
using Geobuk.Corpus.Admission;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus decide</c>: a reviewer's decision on a quarantined document.</summary>
internal static class CorpusDecideCommand
{
    private const int ShortestReason = 4;

    public static Command Create()
    {
        var corpus = new Argument<string>("CORPUS") { Description = "Folder of a corpus." };
        var item = new Argument<string>("ITEM") { Description = "The item, by the first 8 digits or more." };
        var release = new Option<bool>("--release") { Description = "It may be used; personal data in it is masked all the same." };
        var keep = new Option<bool>("--keep") { Description = "It stays out." };
        var reason = new Option<string>("--reason") { Description = "Why; it is recorded.", HelpName = "TEXT", Required = true };
        var by = new Option<string>("--by") { Description = "Who decides.", HelpName = "NAME", DefaultValueFactory = _ => Environment.UserName };
        var file = new Option<string?>("--decisions") { Description = "The file of decisions; without it the one that corpus.decisions of the recipe named.", HelpName = "FILE" };
        return Verb.Create("decide", "Release a quarantined document or keep it out, with a reason; the next build goes by it.",
            "geobuk corpus decide runs/quickstart/corpus 1f9a0c2b --release --reason '표지 견본임'", [corpus, item, release, keep, reason, by, file], (arguments, output, cancellation) =>
            {
                var (folder, why) = (arguments.GetRequiredValue(corpus), arguments.GetRequiredValue(reason).Trim());
                if (arguments.GetValue(release) == arguments.GetValue(keep)) throw new UserInputException("--release, --keep: both or none given; expected one of them. Choose.");
                if (why.Length < ShortestReason) throw new UserInputException($"--reason '{why}': {why.Length} characters; expected a reason of {ShortestReason} or more. Say why.");
                var found = QuarantinedItem.Find(folder, arguments.GetRequiredValue(item));
                var path = arguments.GetValue(file) ?? CorpusReport.Load(Path.Combine(folder, "corpus.json")).Recipe?.Decisions
                    ?? throw new UserInputException($"{folder}: its recipe names no file of decisions; expected one, or --decisions FILE. Add corpus.decisions to the recipe.");
                var decision = new ReviewDecision(found.Dropped.Item!, $"{found.Dropped.Source}/{found.Dropped.Id}", found.Dropped.Reason,
                    arguments.GetValue(release) ? ReviewDecision.Release : ReviewDecision.Keep, why, arguments.GetRequiredValue(by), DateTime.UtcNow);
                _ = ReviewDecisions.Load(path);
                ReviewDecisions.Append(path, decision);
                output.Result(new { Decisions = path, Decision = decision }, console => console.WriteLine($"{path}: {decision.Decision} {decision.Document} ({decision.Reason}), by {decision.By}: {decision.Because}"));
                return Task.FromResult(ExitCode.Done);
            });
    }
}
