using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Quality;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Sources;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>First pass: every document is read once, remembered by hash and place, and every problem is collected.</summary>
internal sealed class CorpusSurvey
{
    // In shorter texts the one word that differs may be what they are about.
    private const int ProblemsShown = 20, LeastCompared = 100;

    /// <summary>Domain documents in the order of the recipe and of their ids.</summary>
    public List<DocumentEntry> Domain { get; } = [];
    /// <summary>General documents likewise.</summary>
    public List<DocumentEntry> General { get; } = [];
    /// <summary>Files that hold no document, and documents that must not be used.</summary>
    public List<DroppedDocument> Dropped { get; } = [];
    /// <summary>What was cut out of the documents by their structure.</summary>
    public List<CutText> Cuts { get; } = [];
    /// <summary>Pieces of text that were masked, by kind.</summary>
    public SortedDictionary<string, int> Redactions { get; } = new(StringComparer.Ordinal);
    /// <summary>One row per folder or file named in the recipe.</summary>
    public List<SourceSummary> Sources { get; } = [];

    /// <param name="config">Sources.</param>
    /// <param name="keptCharacters">Characters of text that may be kept for the second pass; the rest is read again there.</param>
    /// <param name="signatures">Takes the signatures of the texts; null where they are not compared.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="parallel">Threads, and what stops them.</param>
    /// <exception cref="UserInputException">Everything that is wrong with the sources, the first twenty in full.</exception>
    public static CorpusSurvey Of(CorpusConfig config, long keptCharacters, SignatureFile? signatures, IProgress<StepReport> progress, ParallelOptions parallel)
    {
        var intake = new Intake(config.Cleaning, new DocumentAdmission(config), new TextRoom(keptCharacters), signatures);
        if (config.Domain.Count == 0)
            throw new UserInputException("corpus.domain: no folder; expected at least one folder or file of documents. Add it to the recipe.");
        var domain = SourceListing.Of(config.Domain, "corpus.domain");
        var general = SourceListing.Of(config.General, "corpus.general");
        var pulse = new ProgressPulse(progress, "reading documents", domain.Files.Count + general.Files.Count, "files");
        var domainFiles = Read(domain, CorpusKind.Domain, pulse, intake, parallel);
        var generalFiles = Read(general, CorpusKind.General, pulse, intake, parallel);
        ThrowIfAny([.. domain.Problems, .. general.Problems, .. Problems(domainFiles), .. Problems(generalFiles)]);
        var survey = new CorpusSurvey();
        survey.Add(domain, config.Domain, domainFiles, CorpusKind.Domain);
        survey.Add(general, config.General, generalFiles, CorpusKind.General);
        return survey;
    }

    private static FileSurvey[] Read(SourceListing listing, CorpusKind kind, ProgressPulse pulse, Intake intake, ParallelOptions parallel)
    {
        var surveys = new FileSurvey[listing.Files.Count];
        Parallel.For(0, surveys.Length, parallel, i =>
        {
            surveys[i] = Read(listing.Files[i], kind, intake, parallel.CancellationToken);
            pulse.Advance();
        });
        return surveys;
    }

    private static FileSurvey Read(SourceFile file, CorpusKind kind, Intake intake, CancellationToken cancellation)
    {
        var survey = new FileSurvey(file);
        var fileHash = new Lazy<string>(() => FileContent.Sha256(file.Path));
        try
        {
            foreach (var document in DocumentReaders.Read(file))
            {
                cancellation.ThrowIfCancellationRequested();
                survey.Counts += document.Counts;
                var cleaned = CleanedDocument.Of(intake.Admission.Of(document), intake.Config);
                var admitted = cleaned.Admitted;
                if (admitted.Reason is { } reason)
                {
                    var kept = admitted.Decisions is [var decision] ? $"{decision.Decision}: {decision.By}, {decision.Because}" : null;
                    survey.Quarantined.Add(new DroppedDocument(document.Id, file.Source, reason, admitted.Detail) { Quarantined = true, Item = admitted.Item, Decision = kept });
                    continue;
                }
                foreach (var (redacted, count) in admitted.Screened.Redactions) survey.Redactions[redacted] = survey.Redactions.GetValueOrDefault(redacted) + count;
                survey.Cuts.AddRange(cleaned.Cuts);
                survey.Entries.Add(intake.Take(cleaned, kind, file, fileHash.Value));
            }
        }
        catch (RefusedDocumentException e)
        {
            // What was read before the fault stays out too: half a file is not a document.
            survey.Entries.Clear();
            survey.Quarantined.Clear();
            survey.Cuts.Clear();
            survey.Redactions.Clear();
            survey.Refusal = e;
        }
        catch (UserInputException e)
        {
            survey.Problems.AddRange(e.Problems);
        }
        return survey;
    }

    private static IEnumerable<string> Problems(FileSurvey[] files) => files.SelectMany(file => file.Problems);

    private static void ThrowIfAny(List<string> problems)
    {
        if (problems.Count == 0) return;
        if (problems.Count > ProblemsShown)
        {
            var hidden = problems.Count - ProblemsShown;
            problems = [.. problems.Take(ProblemsShown), $"corpus: {hidden} more problems of this kind; expected none. Mend those above first."];
        }
        throw new UserInputException(problems);
    }

    private void Add(SourceListing listing, IReadOnlyList<string> sources, FileSurvey[] files, CorpusKind kind)
    {
        var entries = kind == CorpusKind.Domain ? Domain : General;
        foreach (var file in files)
        {
            entries.AddRange(file.Entries);
            Dropped.AddRange(file.Quarantined);
            Cuts.AddRange(file.Cuts);
            foreach (var (redacted, count) in file.Redactions) Redactions[redacted] = Redactions.GetValueOrDefault(redacted) + count;
            if (file.Refusal is { } refusal) Dropped.Add(new DroppedDocument(file.File.Id, file.File.Source, refusal.Reason, refusal.Message) { Quarantined = true });
            else if (file.Entries.Count == 0 && file.Quarantined.Count == 0) Dropped.Add(new DroppedDocument(file.File.Id, file.File.Source, DropReason.NoText, "no line has a text"));
        }
        foreach (var file in listing.Unsupported)
            Dropped.Add(new DroppedDocument(file.Id, file.Source, DropReason.UnsupportedFormat, file.Extension));
        foreach (var source in sources.Distinct())
            Sources.Add(Summary(source, kind, [.. files.Where(file => file.File.Source == source)], listing));
    }

    private static SourceSummary Summary(string source, CorpusKind kind, FileSurvey[] files, SourceListing listing) => new()
    {
        Source = source,
        Kind = kind,
        Files = files.Length,
        Documents = files.Sum(file => file.Entries.Count),
        Characters = files.Sum(file => file.Entries.Sum(entry => (long)entry.Characters)),
        Articles = files.Sum(file => file.Entries.Sum(entry => entry.Articles)),
        Unsupported = listing.Unsupported.Where(file => file.Source == source).GroupBy(file => file.Extension)
            .OrderBy(group => group.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count()),
        Normalization = files.Aggregate(default(NormalizationCounts), (sum, file) => sum + file.Counts),
    };

    /// <summary>Turns a screened document into what is remembered of it; safe for many threads.</summary>
    private sealed class Intake(CleaningConfig config, DocumentAdmission admission, TextRoom room, SignatureFile? signatures)
    {
        public CleaningConfig Config => config;

        public DocumentAdmission Admission => admission;

        public DocumentEntry Take(CleanedDocument cleaned, CorpusKind kind, SourceFile file, string fileHash)
        {
            var (text, document) = (cleaned.Text, cleaned.Admitted.Document);
            var hash = ContentHash.Of(text);
            return new DocumentEntry(kind, file, document.Location, document.Id, hash, text.Length, document.ArticleCount)
            {
                Text = room.Take(text.Length) ? text : null,
                Origin = cleaned.OriginOf(fileHash, hash),
                Title = document.Title,
                Law = document.Law,
                Dates = document.Dates,
                IsStatute = document.Law is not null || document.ArticleCount > 0 || StatuteOutline.HasArticles(text),
                Language = LanguageIdentifier.Of(text),
                Quality = text.Length == 0 ? null : QualityMeasure.Of(text),
                Supplement = cleaned.Supplement,
                Signature = text.Length < LeastCompared ? null : signatures?.Add(MinHash.Of(text, config.ShingleCharacters)),
            };
        }
    }

    private sealed class TextRoom(long characters)
    {
        private long _left = characters;

        public bool Take(int length) => Interlocked.Add(ref _left, -length) >= 0;
    }

    private sealed class FileSurvey(SourceFile file)
    {
        public SourceFile File { get; } = file;
        public List<DocumentEntry> Entries { get; } = [];
        public List<DroppedDocument> Quarantined { get; } = [];
        public List<CutText> Cuts { get; } = [];
        public SortedDictionary<string, int> Redactions { get; } = new(StringComparer.Ordinal);
        public List<string> Problems { get; } = [];
        public RefusedDocumentException? Refusal { get; set; }
        public NormalizationCounts Counts { get; set; }
    }
}
