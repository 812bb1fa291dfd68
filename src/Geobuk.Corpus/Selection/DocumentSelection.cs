using Geobuk.Recipes;

namespace Geobuk.Corpus.Selection;

/// <summary>
/// Which documents stay and which are held out, decided from hashes of their content alone: no file name, file order, clock or
/// machine takes part, and adding a document moves no other one between training and validation.
/// </summary>
public sealed class DocumentSelection
{
    private readonly CorpusConfig _config;
    private readonly ulong _seed;
    private readonly Dictionary<ContentHash, DocumentEntry> _seen = [];

    private DocumentSelection(CorpusConfig config, int seed)
    {
        _config = config;
        _seed = unchecked((ulong)seed * 0x9E3779B97F4A7C15UL);
    }

    /// <summary>Documents that are in no set.</summary>
    public List<DroppedDocument> Dropped { get; } = [];
    /// <summary>Domain documents to train on.</summary>
    public List<DocumentEntry> DomainTraining { get; private set; } = [];
    /// <summary>Domain documents to validate on, in the order to take them.</summary>
    public List<DocumentEntry> DomainHeldOut { get; private set; } = [];
    /// <summary>General documents to replay from.</summary>
    public List<DocumentEntry> GeneralTraining { get; private set; } = [];
    /// <summary>General documents to validate on, in the order to take them.</summary>
    public List<DocumentEntry> GeneralHeldOut { get; private set; } = [];

    /// <summary>Decides for all documents. Of equal texts the first one stays, domain before general.</summary>
    public static DocumentSelection Of(IEnumerable<DocumentEntry> domain, IEnumerable<DocumentEntry> general, CorpusConfig config, int seed)
    {
        var selection = new DocumentSelection(config, seed);
        (selection.DomainTraining, selection.DomainHeldOut) = selection.Split(selection.Subset(selection.Fit(domain)));
        (selection.GeneralTraining, selection.GeneralHeldOut) = selection.Split(selection.Subset(selection.Fit(general)));
        return selection;
    }

    /// <summary>Sorts into the order in which documents are written.</summary>
    public static List<DocumentEntry> InOrder(IEnumerable<DocumentEntry> entries) =>
        [.. entries.OrderBy(entry => entry.Hash.OrderWord).ThenBy(entry => entry.Hash.LastWord)];

    /// <summary>Sorts into the order of a seeded draw.</summary>
    public List<DocumentEntry> InDrawnOrder(IEnumerable<DocumentEntry> entries) =>
        [.. entries.OrderBy(entry => Drawn(entry.Hash)).ThenBy(entry => entry.Hash.LastWord)];

    /// <summary>Records a document that is in no set.</summary>
    public void Drop(DocumentEntry entry, string reason, string detail) =>
        Dropped.Add(new DroppedDocument(entry.Id, entry.File.Source, reason, detail));

    private List<DocumentEntry> Fit(IEnumerable<DocumentEntry> entries)
    {
        var fit = new List<DocumentEntry>();
        foreach (var entry in entries)
        {
            if (entry.Characters == 0) Drop(entry, DropReason.Empty, "no text");
            else if (entry.Characters < _config.MinCharacters) Drop(entry, DropReason.TooShort, $"{entry.Characters} characters");
            else if (!_seen.TryAdd(entry.Hash, entry)) Drop(entry, DropReason.Duplicate, $"same text as {_seen[entry.Hash].Id}");
            else fit.Add(entry);
        }
        return fit;
    }

    private List<DocumentEntry> Subset(List<DocumentEntry> entries)
    {
        if (_config.MaxDocuments is not { } limit || entries.Count <= limit) return entries;
        var drawn = InDrawnOrder(entries);
        foreach (var entry in drawn.Skip(limit)) Drop(entry, DropReason.MaxDocuments, $"outside the subset of {limit}");
        return drawn.GetRange(0, limit);
    }

    private (List<DocumentEntry> Training, List<DocumentEntry> HeldOut) Split(List<DocumentEntry> entries)
    {
        if (_config.ValidationShare <= 0 || _config.MaxValidationTokens == 0 || entries.Count < 2) return (entries, []);
        var byHash = entries.OrderBy(entry => entry.Hash.SplitWord).ThenBy(entry => entry.Hash.LastWord).ToList();
        var count = byHash.FindIndex(entry => entry.Hash.SplitWord / (double)ulong.MaxValue >= _config.ValidationShare);
        // Few documents can all fall on one side; both sides need one.
        count = Math.Clamp(count < 0 ? byHash.Count : count, 1, byHash.Count - 1);
        return (byHash.GetRange(count, byHash.Count - count), byHash.GetRange(0, count));
    }

    private ulong Drawn(ContentHash hash)
    {
        unchecked
        {
            var value = (hash.SubsetWord ^ _seed) * 0xBF58476D1CE4E5B9UL;
            return (value ^ value >> 31) * 0x94D049BB133111EBUL;
        }
    }
}
