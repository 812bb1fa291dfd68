using System.CommandLine;
using System.Globalization;
using Geobuk.Corpus.Versions;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus as-of</c>: the laws of a history as they stood on a day, as files that a corpus is built from.</summary>
internal static class CorpusAsOfCommand
{
    public static Command Create()
    {
        var history = new Argument<string>("HISTORY") { Description = $"A folder with {LawHistory.VersionsFile} and {LawHistory.ChangesFile}." };
        var day = new Argument<string>("DAY") { Description = "A day such as 2015-01-01." };
        var target = new Option<string>("--out") { Description = "The laws are written into this folder as Markdown.", HelpName = "DIR", Required = true };
        return Verb.Create("as-of", "Write the laws as they stood on a day. From files that carry their dates, the recipe's corpus.cleaning.as_of chooses the version in force.",
            "geobuk corpus as-of history 2015-01-01 --out /tmp/2015", [history, day, target], (arguments, output, cancellation) =>
            {
                var folder = arguments.GetRequiredValue(target);
                var laws = LawHistory.AsOf(arguments.GetRequiredValue(history), Day(arguments.GetRequiredValue(day)), cancellation);
                foreach (var law in laws) Write(folder, law);
                var articles = laws.Sum(law => law.Articles.Count);
                output.Result(new { Laws = laws.Count, Articles = articles, Out = folder }, console => console.WriteLine($"{laws.Count} laws with {articles} articles in {folder}"));
                return Task.FromResult(ExitCode.Done);
            });
    }

    /// <summary>A day of the command line.</summary>
    /// <exception cref="UserInputException">It is none.</exception>
    public static DateOnly Day(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        ? day
        : throw new UserInputException($"DAY: {text} is no day; expected one such as 2015-01-01. Correct it.");

    private static void Write(string folder, HistoricLaw law)
    {
        // The paths come from a file; none may lead out of the folder.
        var path = Path.GetFullPath(Path.Combine(folder, law.Path));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new UserInputException($"{law.Path}: leads out of {folder}; expected a path below it. Correct the path in {LawHistory.VersionsFile}.");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, law.ToMarkdown());
    }
}
