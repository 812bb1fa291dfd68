using System.Text.Json;
using Geobuk.Corpus;
using Geobuk.Corpus.Duplicates;
using Geobuk.Models;
using Geobuk.Recipes;
using Geobuk.Training.DataParallel;

namespace Geobuk.Cli.Runs;

/// <summary>Where a document is in an artifact store: corpora by their tables, and everything that was made from them by the manifests' parents.</summary>
internal sealed class Removal(ArtifactStore store, StepDefinition corpusStep)
{
    private static readonly string[] Weights = [".safetensors", ".gguf"];

    /// <summary>Every corpus of the store that has the document in a shard, with what was made from it.</summary>
    /// <param name="document">A document's id, the id of its law, or the SHA-256 of its text.</param>
    public IReadOnlyList<AffectedCorpus> Find(string document)
    {
        var manifests = Manifests();
        return [.. manifests.Values.Where(manifest => manifest.Step == corpusStep.Name).OrderBy(manifest => manifest.Id, StringComparer.Ordinal)
            .Select(manifest => (manifest.Id, Places: Places(store.FolderOf(manifest.Id), document))).Where(corpus => corpus.Places.Count > 0)
            .Select(corpus => new AffectedCorpus(corpus.Id, corpus.Places, Similar(store.FolderOf(corpus.Id), corpus.Places), Descendants(corpus.Id, manifests)))];
    }

    /// <summary>Where a corpus folder has the document.</summary>
    public static IReadOnlyList<DocumentPlace> Places(string folder, string document)
    {
        if (!File.Exists(Path.Combine(folder, CorpusRow.File))) return [];
        var names = new HashSet<string>(StringComparer.Ordinal) { document };
        var rows = CorpusRow.Read(folder).ToList();
        // By content too, as the removal does it.
        var texts = rows.Where(row => CorpusRow.IsNamed(names, row.Id, row.LawId, row.Sha256)).Select(row => row.Sha256).ToHashSet(StringComparer.Ordinal);
        return [.. rows.Where(row => row.Set is not null && texts.Contains(row.Sha256)).Select(row => new DocumentPlace(row.Id, $"{row.Set}.bin", row.Place!.Value))];
    }

    /// <summary>Documents that the corpus' own comparison found nearly equal to these.</summary>
    public static IReadOnlyList<string> Similar(string folder, IReadOnlyList<DocumentPlace> places)
    {
        var ids = places.Select(place => place.Id).ToHashSet(StringComparer.Ordinal);
        return [.. NearDuplicatePair.Read(folder).Where(pair => ids.Contains(pair.Id) != ids.Contains(pair.Other)).Select(pair => ids.Contains(pair.Id) ? pair.Other : pair.Id).Distinct()];
    }

    /// <summary>Makes the corpus again without the document, as the artifact that a recipe with that removal gives; its id.</summary>
    public string Rebuild(string corpus, string document, IProgress<StepReport> progress, CancellationToken cancellation)
    {
        var manifest = Manifest.TryRead(store.FolderOf(corpus))!;
        var config = manifest.RecipePart.Deserialize<CorpusConfig>(RecipeJson.Options)
            ?? throw new UserInputException($"{store.FolderOf(corpus)}: {Manifest.FileName} has no recipe; expected the part that made it. Run the recipe again.");
        var recipe = new Recipe { Name = "remove", Base = new BaseConfig(), Corpus = Without(config, document), Seed = manifest.Seed };
        var request = StepRequest.Create(corpusStep, recipe, store, manifest.Parents, cancellation);
        using var worker = new SoleWorker();
        StepWork.Do(request, corpusStep, progress, worker, cancellation);
        return request.Artifact;
    }

    /// <summary>The configuration with one document more to leave out.</summary>
    public static CorpusConfig Without(CorpusConfig config, string document) => config.Cleaning.Remove.Contains(document)
        ? config
        : config with { Cleaning = config.Cleaning with { Remove = [.. config.Cleaning.Remove, document] } };

    private Dictionary<string, Manifest> Manifests() => !Directory.Exists(store.Folder) ? [] : Directory.EnumerateDirectories(store.Folder)
        .Where(folder => Path.GetFileName(folder)[0] != '.').Select(Manifest.TryRead).OfType<Manifest>().ToDictionary(manifest => manifest.Id);

    private static List<MadeFrom> Descendants(string id, Dictionary<string, Manifest> manifests)
    {
        var found = new HashSet<string>(StringComparer.Ordinal) { id };
        // Parents come before their children in some order; repeating until nothing is added needs none.
        while (manifests.Values.Where(manifest => !found.Contains(manifest.Id) && manifest.Parents.Values.Any(found.Contains)).ToList() is { Count: > 0 } next)
            found.UnionWith(next.Select(manifest => manifest.Id));
        return [.. manifests.Values.Where(manifest => manifest.Id != id && found.Contains(manifest.Id)).OrderBy(manifest => manifest.Finished)
            .Select(manifest => new MadeFrom(manifest.Id, manifest.Step, [.. manifest.Files.Select(file => file.Path).Where(path => Weights.Contains(Path.GetExtension(path)))]))];
    }
}
