using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Lineage;
using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Screening;
using Geobuk.Corpus.Selection;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>
/// Documents in, token shards out. Writes train.domain.bin, train.general.bin, validation.domain.bin and .jsonl,
/// validation.general.bin and .jsonl, dropped.jsonl, documents.jsonl, near_duplicates.jsonl, cuts.jsonl, lineage.jsonl and, last, corpus.json. The files depend on the documents' content, the
/// configuration, the seed and the tokenizer, on nothing else. A failed or cancelled run removes what it wrote.
/// </summary>
public static class CorpusStep
{
    // Two bytes each: a corpus of a few hundred megabytes is read once, a larger one twice.
    private const long KeptCharacters = 100_000_000;

    private static readonly JsonSerializerOptions Lines = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Runs the step with the tokenizer of a model folder.</summary>
    /// <exception cref="UserInputException">Everything wrong with the documents at once; nothing is written then.</exception>
    public static CorpusReport Run(
        CorpusConfig config, int seed, string tokenizerFolder, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellation) =>
        Run(config, seed, DocumentEncoder.Load(tokenizerFolder), outputFolder, progress, cancellation);

    /// <summary>Runs the step with any encoder.</summary>
    /// <exception cref="UserInputException">Everything wrong with the documents at once; nothing is written then.</exception>
    public static CorpusReport Run(
        CorpusConfig config, int seed, DocumentEncoder encoder, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellation) =>
        Run(config, seed, encoder, outputFolder, (progress, new ParallelOptions { CancellationToken = cancellation }), mayBeEmpty: false, KeptCharacters);

    /// <summary>As <see cref="Run(CorpusConfig, int, DocumentEncoder, string, IProgress{StepReport}, CancellationToken)"/>, for its report: nothing left to train on is an answer too.</summary>
    /// <exception cref="UserInputException">Folders that are missing or empty.</exception>
    public static CorpusReport Build(
        CorpusConfig config, int seed, DocumentEncoder encoder, string outputFolder, IProgress<StepReport> progress, CancellationToken cancellation) =>
        Run(config, seed, encoder, outputFolder, (progress, new ParallelOptions { CancellationToken = cancellation }), mayBeEmpty: true, KeptCharacters);

    internal static CorpusReport Run(
        CorpusConfig config, int seed, DocumentEncoder encoder, string outputFolder, (IProgress<StepReport> Progress, ParallelOptions Parallel) run, bool mayBeEmpty, long keptCharacters)
    {
        var (progress, parallel) = run;
        if (config.ReplayShare > 0 && config.General.Count == 0)
            throw new UserInputException($"corpus.replay_share is {config.ReplayShare} while corpus.general names nothing; expected a source of general text. Add one or set the share to 0.");
        var folderIsNew = !Directory.Exists(outputFolder);
        var writing = false;
        try
        {
            Directory.CreateDirectory(outputFolder);
            using var signatures = config.Cleaning.NearDuplicates == NearDuplicatePolicy.Ignore ? null : new SignatureFile(Path.Combine(outputFolder, "signatures.tmp"));
            var survey = CorpusSurvey.Of(config, keptCharacters, signatures, progress, parallel);
            var cleaned = CorpusCleaning.Of(survey, config, signatures, outputFolder, parallel);
            var selection = DocumentSelection.Of(cleaned.Domain, cleaned.General, config, seed);
            if (selection.DomainTraining.Count == 0 && !mayBeEmpty) throw NothingLeft(survey, cleaned, selection);
            writing = true;
            return Write(survey, cleaned, selection, encoder, outputFolder, (config, seed, progress, parallel));
        }
        catch (Exception e)
        {
            if (writing) RemoveOutput(outputFolder);
            if (folderIsNew && Directory.Exists(outputFolder) && !Directory.EnumerateFileSystemEntries(outputFolder).Any()) Directory.Delete(outputFolder);
            if (e is IOException or UnauthorizedAccessException)
                throw new UserInputException($"{outputFolder}: cannot be written ({e.Message}); expected a writable folder with room. Free space or choose another.", e);
            throw;
        }
    }

    private static CorpusReport Write(
        CorpusSurvey survey, CorpusCleaning cleaned, DocumentSelection selection, DocumentEncoder encoder, string folder,
        (CorpusConfig Config, int Seed, IProgress<StepReport> Progress, ParallelOptions Parallel) run)
    {
        using var build = new CorpusBuild(run.Config, cleaned, selection, encoder, folder, (run.Progress, run.Parallel));
        build.Run();
        List<DroppedDocument> dropped = [.. survey.Dropped, .. cleaned.Dropped, .. selection.Dropped];
        dropped.Sort((a, b) => string.CompareOrdinal(a.Source, b.Source) is var order && order != 0 ? order : string.CompareOrdinal(a.Id, b.Id));
        var report = Report(survey, cleaned, dropped, build, encoder) with { Recipe = run.Config, Seed = run.Seed };
        using var droppedFile = new OutputText(Path.Combine(folder, "dropped.jsonl"));
        foreach (var document in dropped) droppedFile.Write(JsonSerializer.Serialize(document, Lines) + "\n");
        using var table = new OutputText(Path.Combine(folder, CorpusRow.File));
        foreach (var row in CorpusRow.Of(survey, dropped, build.Sets)) table.Write(row.ToJson() + "\n");
        using var pairsFile = new OutputText(Path.Combine(folder, NearDuplicatePair.File));
        foreach (var pair in cleaned.NearDuplicates) pairsFile.Write(pair.ToJson() + "\n");
        using var cutsFile = new OutputText(Path.Combine(folder, "cuts.jsonl"));
        foreach (var cut in Cuts(survey, cleaned)) cutsFile.Write(JsonSerializer.Serialize(cut, Lines) + "\n");
        using var reportFile = new OutputText(Path.Combine(folder, "corpus.json"));
        reportFile.Write(report.ToJson());
        run.Parallel.CancellationToken.ThrowIfCancellationRequested();
        build.Complete();
        droppedFile.Complete();
        table.Complete();
        pairsFile.Complete();
        cutsFile.Complete();
        reportFile.Complete();
        return report;
    }

    private static CorpusReport Report(CorpusSurvey survey, CorpusCleaning cleaned, List<DroppedDocument> dropped, CorpusBuild build, DocumentEncoder encoder)
    {
        var kept = build.Sets.SelectMany(set => set.Entries).ToList();
        var read = survey.Domain.Concat(survey.General).ToList();
        var reasons = Reasons(dropped);
        var licenses = LicenseSummary.Of(kept);
        return new CorpusReport
        {
            Documents = read.Count + survey.Dropped.Count,
            Kept = kept.Count,
            Dropped = reasons,
            Quarantined = Reasons(dropped.Where(document => document.Quarantined)),
            Redactions = survey.Redactions,
            MerkleRoot = build.MerkleRoot,
            Samples = build.Samples,
            Licenses = licenses,
            Obligations = LicenseSummary.ObligationsOf(licenses),
            NearDuplicates = cleaned.NearDuplicates.GroupBy(pair => pair.Relation).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
            CutOut = Cuts(survey, cleaned).GroupBy(cut => cut.Kind).OrderBy(group => group.Key, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => new CutCounts(group.Count(), group.Sum(cut => (long)cut.Characters))),
            Duplicates = reasons.GetValueOrDefault(DropReason.Duplicate),
            Tokens = build.Sets.Take(2).Sum(set => set.Summary.Tokens),
            Characters = read.Sum(entry => (long)entry.Characters),
            Sets = build.Sets.ToDictionary(set => set.Name, set => set.Summary),
            Replay = build.Replay,
            Sources = survey.Sources.ConvertAll(source => source with { Kept = kept.Count(entry => entry.Kind == source.Kind && entry.File.Source == source.Source) }),
            Normalization = survey.Sources.Aggregate(default(NormalizationCounts), (sum, source) => sum + source.Normalization),
            Articles = new ArticleCounts(read.Sum(entry => entry.Articles), kept.Sum(entry => entry.Articles)),
            Cut = [.. build.Sets.SelectMany(set => set.Cut)],
            Longest = build.Sets.Select(set => set.Longest).Where(longest => longest is not null).MaxBy(longest => longest!.Tokens),
            TokenizerDigest = encoder.Digest,
            VocabularySize = encoder.VocabularySize,
            Notes = [.. Notes(build), .. Notes(cleaned, build)],
        };
    }

    private static IEnumerable<CutText> Cuts(CorpusSurvey survey, CorpusCleaning cleaned) =>
        survey.Cuts.Concat(survey.Domain.Concat(survey.General).Where(cleaned.Repeated.ContainsKey).SelectMany(entry => cleaned.Repeated[entry].Select(cut => cut.Row)));

    private static Dictionary<string, int> Reasons(IEnumerable<DroppedDocument> dropped) =>
        dropped.GroupBy(document => document.Reason).OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count());

    private static IEnumerable<string> Notes(CorpusBuild build)
    {
        var (wanted, share, tokensWanted, tokens, passes) = build.Replay;
        if (tokens < 0.99 * tokensWanted)
            yield return $"replay: {tokens} general tokens found, {tokensWanted} wanted; they repeat after {passes} passes, and the share is {share:0.000} where {wanted:0.000} is asked for";
        foreach (var set in build.Sets.Skip(2).Where(set => set.Summary.Tokens == 0))
            yield return $"{set.Name}: empty; its loss cannot be measured";
    }

    private static IEnumerable<string> Notes(CorpusCleaning cleaned, CorpusBuild build)
    {
        var heldOut = build.Sets.Skip(2).SelectMany(set => set.Entries).Select(entry => (entry.File.Source, entry.Id)).ToHashSet();
        var trained = build.Sets.Take(2).SelectMany(set => set.Entries).Select(entry => (entry.File.Source, entry.Id)).ToHashSet();
        var split = cleaned.NearDuplicates.Count(pair => (heldOut.Contains((pair.Source, pair.Id)) && trained.Contains((pair.OtherSource, pair.Other))) || (trained.Contains((pair.Source, pair.Id)) && heldOut.Contains((pair.OtherSource, pair.Other))));
        if (split > 0) yield return $"split: {split} pairs of similar documents lie on both sides, one held out, one trained on; the loss on held-out text is kinder than it should be";
        if (cleaned.Undated > 0) yield return $"as of: {cleaned.Undated} documents state no date and were kept";
    }

    private static UserInputException NothingLeft(CorpusSurvey survey, CorpusCleaning cleaned, DocumentSelection selection)
    {
        var reasons = selection.Dropped.Concat(survey.Dropped).Concat(cleaned.Dropped).GroupBy(document => document.Reason)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => $"{group.Key} {group.Count()}");
        return new UserInputException($"corpus.domain: no document is left to train on ({string.Join(", ", reasons)}); expected at least one. {(selection.Dropped.Count == 0 && survey.Dropped.Exists(document => document.Reason == LicenseDecision.ReasonUnknown) ? "Say in corpus.licenses on what basis the documents may be used." : "Check the folders and corpus.min_characters.")}");
    }

    private static void RemoveOutput(string folder)
    {
        string[] names = ["train.domain.bin", "train.general.bin", "validation.domain.bin", "validation.general.bin", "validation.domain.jsonl", "validation.general.jsonl", "dropped.jsonl", CorpusRow.File, NearDuplicatePair.File, "cuts.jsonl", DocumentLineage.FileName, "corpus.json"];
        foreach (var name in names)
        {
            File.Delete(Path.Combine(folder, name));
            File.Delete(Path.Combine(folder, name + ".tmp"));
        }
    }
}
