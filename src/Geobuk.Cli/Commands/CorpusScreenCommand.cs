using System.CommandLine;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus screen</c>: security markings, personal data and licences of documents.</summary>
internal static class CorpusScreenCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE") { Description = "Documents, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var license = LicenseOption.Create();
        return Verb.Create("screen", "Find security markings and personal data in documents, and say whether they may be used.",
            "geobuk corpus screen samples/rulebook/규정/*.md --license 'open_license (Apache-2.0)'", [files, license], (arguments, output, cancellation) =>
            {
                var paths = arguments.GetRequiredValue(files).SelectMany(Listed).ToList();
                var basis = LicenseOption.Basis(arguments.GetValue(license));
                var rows = paths.AsParallel().AsOrdered().WithCancellation(cancellation).SelectMany(path => Screen(path, basis)).ToList();
                output.Result(new { Files = rows }, console =>
                {
                    foreach (var row in rows)
                    {
                        console.WriteLine($"{row.Path}: {row.Verdict}{(row.Reason is null ? "" : $" ({row.Reason})")}");
                        if (row.License is { } stated) console.WriteLine($"  license: {stated.Basis}{(stated.Permitted ? "" : ", may not be trained on")}");
                        foreach (var found in row.Findings) console.WriteLine($"  {found.Kind} {found.Start}-{found.End}: {found.Text}");
                    }
                });
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static IEnumerable<string> Listed(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [path];

    // What cannot be read cannot be cleared.
    private static IEnumerable<Row> Screen(string path, string? basis)
    {
        try
        {
            return [.. DocumentReaders.Read(path).Select(document => Of(path, document, basis))];
        }
        catch (UserInputException fault)
        {
            return [new Row(path, "quarantined", fault is RefusedDocumentException refusal ? refusal.Reason : fault.Message, [])];
        }
    }

    private static Row Of(string path, SourceDocument document, string? basis)
    {
        var screened = DocumentScreen.Of(document, ScreeningPolicy.Default);
        var verdict = screened.Verdict switch { ScreeningVerdict.Clean => "clean", ScreeningVerdict.Redacted => "redacted", _ => "quarantined" };
        return new Row(path, verdict, screened.Reason, [.. screened.Findings.Select(finding => new Found(finding.Kind, finding.Start, finding.Start + finding.Length, finding.Detail))]) { Id = document.Id, License = LicenseGate.Of(document, basis) };
    }

    private sealed record Found(string Kind, int Start, int End, string Text);

    private sealed record Row(string Path, string Verdict, string? Reason, IReadOnlyList<Found> Findings)
    {
        public string? Id { get; init; }
        public LicenseDecision? License { get; init; }
    }
}
