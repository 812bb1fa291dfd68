using Geobuk.Corpus.Admission;
using Geobuk.Corpus.Cleaning;
using Geobuk.Corpus.Lineage;
using Geobuk.Corpus.Normalization;
using Geobuk.Corpus.Selection;
using Geobuk.Recipes;

namespace Geobuk.Corpus;

/// <summary>
/// Second pass: the selected documents are read again, tokenised on all cores and written. Held-out documents first, up to the
/// cap; what the cap leaves unused is trained on. Then the domain, then as much general text as the replay share calls for.
/// </summary>
internal sealed class CorpusBuild : IDisposable
{
    // A validation set comes from at least four documents, a replay from at least sixteen, where there are so many.
    private const int ValidationParts = 4, ReplayParts = 16, SmallestCut = 16;

    private readonly CorpusConfig _config;
    private readonly DocumentAdmission _admission;
    private readonly CorpusCleaning _cleaned;
    private readonly DocumentEncoder _encoder;
    private readonly DocumentSelection _selection;
    private readonly IProgress<StepReport> _progress;
    private readonly ParallelOptions _parallel;
    private readonly SetWriter _domain, _general, _domainValidation, _generalValidation;
    private readonly OutputText _lineageFile;
    private readonly LineageWriter _lineage;
    private readonly TextSample.Keeper _samples = new();

    public CorpusBuild(CorpusConfig config, CorpusCleaning cleaned, DocumentSelection selection, DocumentEncoder encoder, string folder, (IProgress<StepReport> Progress, ParallelOptions Parallel) run)
    {
        (_config, _cleaned, _selection, _encoder) = (config, cleaned, selection, encoder);
        (_progress, _parallel) = run;
        _admission = new DocumentAdmission(config);
        _lineageFile = new OutputText(Path.Combine(folder, DocumentLineage.FileName));
        _lineage = new LineageWriter(_lineageFile.Write);
        _domain = new SetWriter("train.domain", folder, encoder, false, Added);
        _general = new SetWriter("train.general", folder, encoder, false, Added);
        _domainValidation = new SetWriter("validation.domain", folder, encoder, true, Added);
        _generalValidation = new SetWriter("validation.general", folder, encoder, true, Added);
    }

    public IReadOnlyList<SetWriter> Sets => [_domain, _general, _domainValidation, _generalValidation];

    /// <summary>Root over the lineage of all documents.</summary>
    public string MerkleRoot => _lineage.Root;

    public IReadOnlyList<TextSample> Samples => _samples.Samples;

    public ReplaySummary Replay { get; private set; } = new(0, 0, 0, 0);

    public void Run()
    {
        Fill(_domainValidation, _selection.DomainHeldOut, _config.MaxValidationTokens, ValidationParts);
        Fill(_generalValidation, _selection.GeneralHeldOut, _config.MaxValidationTokens, ValidationParts);
        var domain = DocumentSelection.InOrder(_selection.DomainTraining.Concat(Unused(_domainValidation, _selection.DomainHeldOut)));
        foreach (var document in Encode(domain, "tokenising domain")) _domain.Add(document);
        FillReplay();
    }

    public void Complete()
    {
        foreach (var set in Sets) set.Complete();
        _lineageFile.Complete();
    }

    public void Dispose()
    {
        foreach (var set in Sets) set.Dispose();
        _lineageFile.Dispose();
    }

    private void Added(EncodedDocument document, string set, int number, bool isBeginning)
    {
        _lineage.Add(document.Entry, document.Text, document.Tokens, (set, number), isBeginning);
        _samples.Offer(document, set);
    }

    private void FillReplay()
    {
        var share = _config.ReplayShare;
        var wantedOnce = _domain.Summary.Tokens * share / (1 - share);
        var wanted = (long)Math.Round(wantedOnce * _config.ReplayPasses);
        var candidates = _selection.InDrawnOrder(_selection.GeneralTraining.Concat(Unused(_generalValidation, _selection.GeneralHeldOut)));
        Fill(_general, candidates, wanted, ReplayParts);
        foreach (var entry in candidates.Where(entry => _general.PlaceOf(entry) is null))
            _selection.Drop(entry, DropReason.BeyondReplayShare, $"replay_share {share}");
        var tokens = _general.Summary.Tokens;
        // Where the text does not suffice for every pass, it goes round sooner, at the same share.
        var passes = wantedOnce > 0 ? (int)Math.Clamp(Math.Round(tokens / wantedOnce), 1, _config.ReplayPasses) : 1;
        var once = tokens / (double)passes;
        Replay = new ReplaySummary(share, tokens == 0 ? 0 : once / (once + _domain.Summary.Tokens), wanted, tokens, passes);
    }

    private void Fill(SetWriter set, List<DocumentEntry> candidates, long tokens, int parts)
    {
        if (tokens <= 0 || candidates.Count == 0) return;
        var budget = new TokenBudget(tokens, candidates.Count, parts);
        var index = 0;
        foreach (var document in Encode(candidates, $"choosing {set.Name}"))
        {
            if (budget.Offer(index++, document.Tokens.Length)) set.Add(document);
            if (budget.Satisfied) break;
        }
        // A cut ends at a line, so it takes a little less than planned; the next one makes up for it.
        var owed = 0;
        foreach (var (cutIndex, cutTokens) in budget.Cuts())
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            owed += cutTokens;
            owed -= AddBeginning(set, Encode(candidates[cutIndex]), owed);
        }
    }

    private int AddBeginning(SetWriter set, EncodedDocument document, int limit)
    {
        if (document.Tokens.Length <= limit)
        {
            set.Add(document);
            return document.Tokens.Length;
        }
        if (limit < SmallestCut) return 0;
        var (text, tokens) = TextCut.Fit(document.Text, document.Tokens.Length, limit, _encoder.Encode);
        if (tokens.Length > 0) set.Add(document with { Text = text, Tokens = tokens }, document.Tokens.Length);
        return tokens.Length;
    }

    private static IEnumerable<DocumentEntry> Unused(SetWriter set, List<DocumentEntry> candidates) =>
        candidates.Where(entry => set.PlaceOf(entry) is null);

    private IEnumerable<EncodedDocument> Encode(List<DocumentEntry> entries, string phase)
    {
        var pulse = new ProgressPulse(_progress, phase, entries.Count, "documents");
        foreach (var document in OrderedParallel.Select(entries, Encode, _parallel))
        {
            pulse.Advance();
            yield return document;
        }
    }

    private EncodedDocument Encode(DocumentEntry entry)
    {
        var text = CleanedDocument.TextOf(entry, _config.Cleaning, _admission);
        if (_cleaned.Repeated.TryGetValue(entry, out var cuts))
            text = TextNormalizer.Normalize(new TextEdits(cuts.Select(cut => new TextEdit(cut.Span.Start, cut.Span.Length, ""))).Apply(text)).Text;
        return new EncodedDocument(entry, text, [.. _encoder.Encode(text), _encoder.EndOfText]);
    }
}
