using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Versions;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>Between the two passes: which documents go, judged against one another.</summary>
internal sealed class CorpusCleaning
{
    /// <summary>Domain documents that stay, in order.</summary>
    public required List<DocumentEntry> Domain { get; init; }
    /// <summary>General documents that stay, in order.</summary>
    public required List<DocumentEntry> General { get; init; }
    /// <summary>Documents that go.</summary>
    public List<DroppedDocument> Dropped { get; } = [];
    /// <summary>Documents without a date, kept although a day was asked for.</summary>
    public int Undated { get; private set; }
    /// <summary>Pairs of similar documents.</summary>
    public IReadOnlyList<NearDuplicatePair> NearDuplicates { get; private set; } = [];

    /// <summary>Repeated passages to cut out of the documents that stay.</summary>
    public IReadOnlyDictionary<DocumentEntry, IReadOnlyList<(TextSpan Span, CutText Row)>> Repeated { get; private set; } = new Dictionary<DocumentEntry, IReadOnlyList<(TextSpan, CutText)>>();

    /// <param name="survey">The first pass.</param>
    /// <param name="config">What is to be cleaned.</param>
    /// <param name="signatures">Signatures of the documents; null where they are not compared.</param>
    /// <param name="folder">Folder for what does not fit into memory.</param>
    /// <param name="parallel">Threads, and what stops them.</param>
    public static CorpusCleaning Of(CorpusSurvey survey, CorpusConfig config, SignatureFile? signatures, string folder, ParallelOptions parallel)
    {
        var admission = new DocumentAdmission(config);
        var cleaning = new CorpusCleaning { Domain = [.. survey.Domain], General = [.. survey.General] };
        cleaning.Remove(config.Cleaning.Remove);
        if (config.Cleaning.AsOf is { } day) cleaning.KeepAsOf(DateOnly.ParseExact(day, "yyyy-MM-dd"));
        if (config.Cleaning.Languages is { Count: > 0 } languages) cleaning.KeepLanguages(languages);
        if (signatures is not null) cleaning.DropNearDuplicates(signatures, config, admission, folder, parallel.CancellationToken);
        if (config.Cleaning.RepeatedPassageCharacters is not null || config.Cleaning.Supplements == SupplementPolicy.DropRepeated)
            cleaning.Repeated = RepeatedText.Find([.. cleaning.Domain, .. cleaning.General], entry => CleanedDocument.TextOf(entry, config.Cleaning, admission), config.Cleaning, folder, parallel);
        return cleaning;
    }

    private void Remove(IReadOnlyList<string> names)
    {
        if (names.Count == 0) return;
        var named = names.ToHashSet(StringComparer.Ordinal);
        // By content too: a copy under another name must not take its place.
        var gone = Domain.Concat(General).Where(entry => CorpusRow.IsNamed(named, entry.Id, entry.Law?.LawId, entry.Hash.ToString())).Select(entry => entry.Hash).ToHashSet();
        Drop(entry => gone.Contains(entry.Hash) ? (DropReason.Removed, "cleaning.remove") : null);
    }

    private void KeepAsOf(DateOnly day)
    {
        var verdicts = AsOfSelection.Of([.. Domain, .. General], day);
        Undated = verdicts.Undated;
        Drop(entry => verdicts.Dropped.TryGetValue(entry, out var verdict) ? verdict : null);
    }

    private void KeepLanguages(IReadOnlyList<string> languages) =>
        Drop(entry => entry.IsStatute || languages.Contains(entry.Language.Language) ? null : (DropReason.Language, $"{entry.Language.Language}, {entry.Language.Share:0.000} of the letters"));

    private void Drop(Func<DocumentEntry, (string Reason, string Detail)?> verdict)
    {
        foreach (var entries in new[] { Domain, General })
        {
            entries.RemoveAll(entry =>
            {
                if (verdict(entry) is not var (reason, detail)) return false;
                Dropped.Add(new DroppedDocument(entry.Id, entry.File.Source, reason, detail));
                return true;
            });
        }
    }

    private void DropNearDuplicates(SignatureFile signatures, CorpusConfig config, DocumentAdmission admission, string folder, CancellationToken cancellation)
    {
        var compared = Domain.Concat(General).Where(entry => entry.Characters >= Math.Max(1, config.MinCharacters)).ToList();
        var found = Duplicates.NearDuplicates.Find(compared, signatures, entry => CleanedDocument.TextOf(entry, config.Cleaning, admission), config.Cleaning, folder, cancellation);
        NearDuplicates = [.. found.Select(pair => pair.Pair)];
        var gone = found.Where(pair => pair.Pair.Dropped).ToDictionary(pair => pair.Later.Hash, pair => pair.Pair);
        // By content: an exact copy of what goes must not take its place.
        Drop(entry => gone.TryGetValue(entry.Hash, out var pair) ? (DropReason.NearDuplicate, $"{pair.Similarity:0.000} like {pair.Other}: {pair.Reason}") : null);
    }
}
