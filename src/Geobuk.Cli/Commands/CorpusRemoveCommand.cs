using System.CommandLine;
using Geobuk.Cli.Runs;
using Geobuk.Cli.Terminal;
using Geobuk.Corpus;
using Geobuk.Models;
using Spectre.Console;

namespace Geobuk.Cli.Commands;

/// <summary><c>geobuk corpus remove</c>: what contains a document, and the corpora without it.</summary>
internal static class CorpusRemoveCommand
{
    public static Command Create()
    {
        var document = new Argument<string>("DOC") { Description = "A document: its id, the id of its law (법령ID), or the SHA-256 of its text, as documents.jsonl has them." };
        var runs = RecipeOptions.Runs();
        var corpus = new Option<string?>("--corpus") { Description = "A corpus folder of geobuk corpus build, instead of the runs' artifacts.", HelpName = "DIR" };
        var target = new Option<string?>("--out") { Description = "With --corpus: the corpus without the document is written into this folder.", HelpName = "DIR" };
        var tokenizer = new Option<string?>("--tokenizer") { Description = "With --corpus: the model folder whose tokenizer made it.", HelpName = "MODEL" };
        var list = new Option<bool>("--list") { Description = "Only list; build nothing." };
        return Verb.Create("remove", "List every shard, adapter and model that contains a document, and build the corpora again without it.",
            "geobuk corpus remove 규정/복무규정.md --list", [document, runs, corpus, target, tokenizer, list], (arguments, output, cancellation) =>
            {
                var name = arguments.GetRequiredValue(document);
                if (arguments.GetValue(corpus) is { } folder)
                    FromFolder(name, folder, arguments.GetValue(list) ? null : arguments.GetValue(target) ?? throw new UserInputException("--out: none given; expected the folder for the corpus without the document. Name one, or --list."), arguments.GetValue(tokenizer), output, cancellation);
                else FromStore(name, Path.Combine(arguments.GetRequiredValue(runs), Runner.ArtifactsFolder), arguments.GetValue(list), output, cancellation);
                return Task.FromResult(ExitCode.Done);
            });
    }

    private static void FromStore(string document, string folder, bool list, Output output, CancellationToken cancellation)
    {
        var removal = new Removal(new ArtifactStore(folder), Steps.All.Single(step => step.Name == "corpus"));
        var affected = removal.Find(document);
        if (affected.Count == 0) throw NotFound(document, folder);
        var rebuilt = new List<string>();
        if (!list)
        {
            using var display = output.Progress();
            rebuilt.AddRange(affected.Select(corpus => removal.Rebuild(corpus.Id, document, display.Of(corpus.Id), cancellation)));
        }
        output.Result(new { Document = document, Corpora = affected, Rebuilt = rebuilt }, console =>
        {
            foreach (var corpus in affected)
            {
                foreach (var place in corpus.Places) console.WriteLine($"{corpus.Id}/{place.Shard} document {place.Place}: {place.Id}");
                foreach (var similar in corpus.Similar) console.WriteLine($"  nearly equal: {similar}");
                foreach (var made in corpus.Descendants)
                    console.WriteLine(made.Weights.Count == 0 ? $"  {made.Step} {made.Id}" : $"  {made.Step} {made.Id}: {string.Join(", ", made.Weights)}");
            }
            foreach (var id in rebuilt) console.WriteLine($"built without it: {Path.Combine(folder, id)}");
            if (rebuilt.Count > 0) console.WriteLine($"Put {document} under corpus.cleaning.remove in the recipe and run it: the training goes on from the corpus without it. What was made from the old corpus still contains it until it is deleted.");
        });
    }

    private static void FromFolder(string document, string folder, string? target, string? tokenizer, Output output, CancellationToken cancellation)
    {
        var places = Removal.Places(folder, document);
        if (places.Count == 0) throw NotFound(document, folder);
        if (target is not null)
        {
            var old = CorpusReport.Load(Path.Combine(folder, "corpus.json"));
            var config = old.Recipe ?? throw new UserInputException($"{folder}: corpus.json does not say how it was made; expected its recipe. Build the corpus again.");
            var encoder = CorpusBuildCommand.Encoder(tokenizer, output);
            if (encoder.Digest != old.TokenizerDigest) throw new UserInputException($"{folder}: made with the tokenizer {old.TokenizerDigest[..12]}, not {encoder.Digest[..12]}; expected the same one. Name its model with --tokenizer.");
            using var display = output.Progress();
            CorpusStep.Build(Removal.Without(config, document), old.Seed, encoder, target, display.Of("corpus"), cancellation);
            CorpusPapers.Write(target);
        }
        output.Result(new { Document = document, Places = places, Rebuilt = target }, console =>
        {
            foreach (var place in places) console.WriteLine($"{Path.Combine(folder, place.Shard)} document {place.Place}: {place.Id}");
            if (target is not null) console.WriteLine($"built without it: {target}");
        });
    }

    private static UserInputException NotFound(string document, string folder) =>
        new($"{document}: in no shard of {folder}; expected an id, a law's id or a SHA-256 of documents.jsonl. Look it up there; corpora built before this version have no such table.");
}
