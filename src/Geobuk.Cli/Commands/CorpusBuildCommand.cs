using System.CommandLine;
using Geobuk.Cli.Terminal;
using Geobuk.Corpus;
using Geobuk.Evaluation.Reports;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Recipes.Reading;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus build</c>: documents to a packed corpus with its report.</summary>
internal static class CorpusBuildCommand
{
    private const string SampleTokenizer = "samples/ax-pico";

    public static Command Create()
    {
        var sources = new Argument<string[]>("RECIPE|DIR") { Description = "A recipe whose corpus part is built, or folders and files of documents.", Arity = ArgumentArity.OneOrMore };
        var target = new Option<string>("--out") { Description = "The corpus is written into this folder.", HelpName = "DIR", Required = true };
        var tokenizer = new Option<string?>("--tokenizer") { Description = $"Model folder whose tokenizer makes the tokens; without it the recipe's base, else {SampleTokenizer}, else bytes.", HelpName = "MODEL" };
        var license = LicenseOption.Create();
        return Verb.Create("build", "Build a packed corpus with its report: read, quarantine, deduplicate, tokenise.",
            "geobuk corpus build samples/rulebook --license 'open_license (Apache-2.0)' --out /tmp/corpus", [sources, target, tokenizer, license], (arguments, output, cancellation) =>
            {
                var (config, seed, model) = Config(arguments.GetRequiredValue(sources), arguments.GetValue(license));
                var encoder = Encoder(arguments.GetValue(tokenizer) ?? model, output);
                CorpusReport report;
                using (var display = output.Progress())
                    report = CorpusStep.Build(config, seed, encoder, arguments.GetRequiredValue(target), display.Of("corpus"), cancellation);
                CorpusPapers.Write(arguments.GetRequiredValue(target));
                output.Result(new { report.Documents, report.Kept, report.Quarantined, report.Redactions, report.Licenses, report.Obligations, report.Duplicates, report.NearDuplicates, report.CutOut, report.Tokens, report.Dropped, Out = arguments.GetRequiredValue(target) }, console => Show(report, arguments.GetRequiredValue(target), console));
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static (CorpusConfig Config, int Seed, string? Model) Config(string[] sources, string? license)
    {
        if (sources is not [var recipe] || Path.GetExtension(recipe) is not (".yaml" or ".yml")) return (new CorpusConfig { Domain = sources, Licenses = LicenseOption.Licenses(license) }, 17, null);
        if (license is not null) throw new UserInputException($"--license {license}: given beside a recipe; expected it only with folders. Write corpus.licenses in {recipe}.");
        var loaded = RecipeReader.Load(recipe);
        return (loaded.Corpus, loaded.Seed, loaded.Base.Model);
    }

    /// <summary>The tokenizer of a model, else the sample's, else bytes.</summary>
    public static DocumentEncoder Encoder(string? model, Output output)
    {
        if (model is not null) return DocumentEncoder.Load(model);
        if (Directory.Exists(SampleTokenizer)) return DocumentEncoder.Load(SampleTokenizer);
        output.Remark("corpus: no tokenizer; tokens are the bytes of UTF-8. Name a model with --tokenizer.");
        return DocumentEncoder.Bytes;
    }

    private static void Show(CorpusReport report, string folder, IAnsiConsole console)
    {
        console.WriteLine($"{report.Documents} documents, {report.Kept} kept, {report.Duplicates} duplicates, {report.Tokens} training tokens");
        foreach (var (reason, count) in report.Quarantined) console.WriteLine($"quarantined {count}: {reason}");
        foreach (var license in report.Licenses) console.WriteLine($"{license.Source}: {license.Documents} on the basis {license.Basis}{(license.Reference is null ? "" : $" ({license.Reference})")}");
        if (report.Obligations.Count > 0) console.WriteLine($"obligations: {string.Join(", ", report.Obligations)}");
        foreach (var (kind, count) in report.Redactions) console.WriteLine($"redacted {count}: {kind}");
        foreach (var (relation, count) in report.NearDuplicates) console.WriteLine($"similar pairs {count}: {relation}");
        foreach (var (kind, cut) in report.CutOut) console.WriteLine($"cut {cut.Passages} passages, {cut.Characters} characters: {kind}");
        foreach (var note in report.Notes) console.WriteLine(note);
        console.WriteLine($"page {Path.Combine(folder, CorpusPage.FileName)}, Merkle root {report.MerkleRoot}");
    }
}
