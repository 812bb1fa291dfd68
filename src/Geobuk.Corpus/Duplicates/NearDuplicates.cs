using Geobuk.Corpus.Selection;
using Geobuk.Models;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Duplicates;

/// <summary>
/// Finds documents of similar text by the bands of their signatures and decides which go: one that is nearly equal to a document that
/// stays, where <see cref="Kinship"/> calls it redundant and the exact similarity confirms it. Bands and pairs are sorted out of memory; the
/// result depends on the documents and their order alone.
/// </summary>
internal sealed class NearDuplicates : IDisposable
{
    // Of a band that very many documents share, all are compared with the first and each with its neighbour.
    private const int SmallGroup = 64;
    private const int SetsKept = 8;

    // The estimate may lie below the true similarity; what it lets through is measured exactly.
    private const double Slack = 0.1;

    private readonly IReadOnlyList<DocumentEntry> _entries;
    private readonly SignatureFile _signatures;
    private readonly Func<DocumentEntry, string> _text;
    private readonly CleaningConfig _config;
    private readonly PostingSorter _bands, _candidates;
    private readonly List<(int Item, uint[] Shingles)> _sets = [];
    private readonly HashSet<int> _gone = [];
    private readonly List<(DocumentEntry Later, NearDuplicatePair Pair)> _pairs = [];

    private NearDuplicates(IReadOnlyList<DocumentEntry> entries, SignatureFile signatures, Func<DocumentEntry, string> text, CleaningConfig config, (string Folder, int Capacity) sorting)
    {
        (_entries, _signatures, _text, _config) = (entries, signatures, text, config);
        _bands = new PostingSorter(Path.Combine(sorting.Folder, "bands.tmp"), sorting.Capacity);
        _candidates = new PostingSorter(Path.Combine(sorting.Folder, "candidates.tmp"), sorting.Capacity);
    }

    /// <summary>Every pair at or above the similarity, by the later document's place, then the earlier one's.</summary>
    /// <param name="entries">In order; of two the later one goes. Those without a signature are not compared.</param>
    /// <param name="signatures">Signatures of the entries.</param>
    /// <param name="text">Text of an entry, for the exact similarity.</param>
    /// <param name="config">Similarity and shingles.</param>
    /// <param name="folder">Folder for what does not fit into memory.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="capacity">Postings in memory.</param>
    public static IReadOnlyList<(DocumentEntry Later, NearDuplicatePair Pair)> Find(
        IReadOnlyList<DocumentEntry> entries, SignatureFile signatures, Func<DocumentEntry, string> text, CleaningConfig config, string folder, CancellationToken cancellation, int capacity = 1 << 22)
    {
        using var search = new NearDuplicates(entries, signatures, text, config, (folder, capacity));
        search.Sort(cancellation);
        search.Meet(cancellation);
        search.Decide(cancellation);
        return search._pairs;
    }

    public void Dispose()
    {
        _bands.Dispose();
        _candidates.Dispose();
    }

    private void Sort(CancellationToken cancellation)
    {
        Span<uint> signature = stackalloc uint[MinHash.Length];
        var seen = new HashSet<ContentHash>();
        for (var i = 0; i < _entries.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            // Equal texts are duplicates already.
            if (_entries[i].Signature is not { } number || !seen.Add(_entries[i].Hash)) continue;
            _signatures.Read(number, signature);
            for (var band = 0; band < MinHash.Bands; band++) _bands.Add(new Posting(MinHash.Band(signature, band), i, band));
        }
    }

    private void Meet(CancellationToken cancellation)
    {
        foreach (var group in _bands.Groups())
        {
            cancellation.ThrowIfCancellationRequested();
            for (var later = 1; later < group.Count; later++)
            {
                if (group.Count <= SmallGroup)
                {
                    for (var earlier = 0; earlier < later; earlier++) Candidate(group[earlier].Item, group[later].Item);
                    continue;
                }
                Candidate(group[0].Item, group[later].Item);
                if (later > 1) Candidate(group[later - 1].Item, group[later].Item);
            }
        }
    }

    private void Candidate(int earlier, int later)
    {
        Span<uint> one = stackalloc uint[MinHash.Length], other = stackalloc uint[MinHash.Length];
        _signatures.Read(_entries[earlier].Signature!.Value, one);
        _signatures.Read(_entries[later].Signature!.Value, other);
        var estimate = MinHash.Similarity(one, other);
        if (estimate >= _config.NearDuplicateSimilarity - Slack) _candidates.Add(new Posting((ulong)later, earlier, (int)(estimate * MinHash.Length + 0.5)));
    }

    private void Decide(CancellationToken cancellation)
    {
        var last = default(Posting?);
        foreach (var candidate in _candidates.Sorted())
        {
            cancellation.ThrowIfCancellationRequested();
            if (candidate == last) continue;
            last = candidate;
            if (Decide(candidate.Item, (int)candidate.Key, (double)candidate.Place / MinHash.Length) is { } pair) _pairs.Add((_entries[(int)candidate.Key], pair));
        }
    }

    private NearDuplicatePair? Decide(int earlier, int later, double estimate)
    {
        // A document goes only for one that stays, and once.
        if (_gone.Contains(earlier) || _gone.Contains(later)) return null;
        var (one, other) = (_entries[earlier], _entries[later]);
        var kinship = Kinship.Of(one, other, () => Kinship.Letters(_text(one)) == Kinship.Letters(_text(other)));
        var similarity = kinship.IsRedundant ? Shingles.Similarity(Set(earlier), Set(later)) : estimate;
        if (similarity < _config.NearDuplicateSimilarity) return null;
        var dropped = kinship.IsRedundant && _config.NearDuplicates == NearDuplicatePolicy.Drop;
        if (dropped) _gone.Add(later);
        return new NearDuplicatePair(other.Id, other.File.Source, one.Id, one.File.Source, Math.Round(similarity, 3), kinship.Relation, dropped, kinship.Reason);
    }

    private uint[] Set(int item)
    {
        var place = _sets.FindIndex(set => set.Item == item);
        var set = place < 0 ? (item, Shingles.Distinct(_text(_entries[item]), _config.ShingleCharacters)) : _sets[place];
        if (place >= 0) _sets.RemoveAt(place);
        else if (_sets.Count == SetsKept) _sets.RemoveAt(0);
        _sets.Add(set);
        return set.Item2;
    }
}
