using Geobuk.Corpus.Duplicates;
using Geobuk.Corpus.Selection;
using Geobuk.Recipes;

namespace Geobuk.Corpus.Cleaning;

/// <summary>
/// Exact repetitions across the corpus (after Lee et al. 2022, arXiv:2107.06499): of a passage that stood before, in this document or an earlier one,
/// the later one is cut, from line end to line end or sentence end to sentence end. Passages are found by anchors, which are sorted out of memory, and
/// compared character by character. Articles of statutes are never cut; their supplements may be, by lines.
/// </summary>
internal sealed class RepeatedText : IDisposable
{
    // A passage is compared with so many of the places that share its anchor, the earliest ones.
    private const int PlacesCompared = 8;
    private const int TextsKept = 16, ShortestLine = 10;

    private readonly IReadOnlyList<DocumentEntry> _entries;
    private readonly Func<DocumentEntry, string> _text;
    private readonly CleaningConfig _config;
    private readonly PostingSorter _anchors, _lines, _matches;
    private readonly List<(int Item, string Text)> _texts = [];

    private RepeatedText(IReadOnlyList<DocumentEntry> entries, Func<DocumentEntry, string> text, CleaningConfig config, (string Folder, int Capacity) sorting)
    {
        (_entries, _text, _config) = (entries, text, config);
        _anchors = new PostingSorter(Path.Combine(sorting.Folder, "anchors.tmp"), sorting.Capacity);
        _lines = new PostingSorter(Path.Combine(sorting.Folder, "lines.tmp"), sorting.Capacity);
        _matches = new PostingSorter(Path.Combine(sorting.Folder, "matches.tmp"), sorting.Capacity);
    }

    /// <summary>What is to be cut, by document, in rising spans that do not overlap, with the rows that report them.</summary>
    /// <param name="entries">In order; of two passages the later one goes.</param>
    /// <param name="text">Text of an entry; called from many threads.</param>
    /// <param name="config">Length of the passages, supplements.</param>
    /// <param name="folder">Folder for what does not fit into memory.</param>
    /// <param name="parallel">Threads, and what stops them.</param>
    /// <param name="capacity">Postings in memory.</param>
    public static Dictionary<DocumentEntry, IReadOnlyList<(TextSpan Span, CutText Row)>> Find(
        IReadOnlyList<DocumentEntry> entries, Func<DocumentEntry, string> text, CleaningConfig config, string folder, ParallelOptions parallel, int capacity = 1 << 22)
    {
        using var search = new RepeatedText(entries, text, config, (folder, capacity));
        search.Collect(parallel);
        search.Match(search._anchors, isLine: false, parallel.CancellationToken);
        search.Match(search._lines, isLine: true, parallel.CancellationToken);
        return search.Cut(parallel.CancellationToken);
    }

    public void Dispose()
    {
        _anchors.Dispose();
        _lines.Dispose();
        _matches.Dispose();
    }

    private int Window => Math.Max(10, _config.RepeatedPassageCharacters!.Value / 2);

    private void Collect(ParallelOptions parallel)
    {
        var items = Enumerable.Range(0, _entries.Count).ToList();
        foreach (var (item, anchors, lines) in OrderedParallel.Select(items, Collect, parallel))
        {
            foreach (var (hash, place) in anchors) _anchors.Add(new Posting(hash, item, place));
            foreach (var (hash, place) in lines) _lines.Add(new Posting(hash, item, place));
        }
    }

    private (int Item, List<(ulong, int)> Anchors, List<(ulong, int)> Lines) Collect(int item)
    {
        var (entry, anchors, lines) = (_entries[item], new List<(ulong, int)>(), new List<(ulong, int)>());
        var text = _text(entry);
        if (_config.RepeatedPassageCharacters is { } characters)
        {
            var hashes = WindowHash.All(text, Window);
            foreach (var place in WindowHash.Anchors(hashes, characters - Window + 1)) anchors.Add((hashes[place], place));
        }
        if (_config.Supplements == SupplementPolicy.DropRepeated && entry.Supplement is { } supplement)
        {
            for (var start = supplement; start < text.Length; start = LineEnd(text, start) + 1)
            {
                var line = text.AsSpan(start, LineEnd(text, start) - start);
                if (line.Length >= ShortestLine) lines.Add((WindowHash.All(line, line.Length)[0], start));
            }
        }
        return (item, anchors, lines);
    }

    // A match: the later place in the key, the earlier one as item and place; the lowest bit of the key tells lines from passages.
    private void Match(PostingSorter postings, bool isLine, CancellationToken cancellation)
    {
        foreach (var group in postings.Groups())
        {
            cancellation.ThrowIfCancellationRequested();
            for (var later = 1; later < group.Count; later++)
            {
                var (_, item, place) = group[later];
                if (!isLine && !MayCut(_entries[item], place + Window)) continue;
                var key = ((ulong)item << 32 | (uint)place) << 1 | (isLine ? 1UL : 0);
                for (var earlier = 0; earlier < Math.Min(later, isLine ? 1 : PlacesCompared); earlier++) _matches.Add(new Posting(key, group[earlier].Item, group[earlier].Place));
            }
        }
    }

    private static bool MayCut(DocumentEntry entry, int end) => !entry.IsStatute || (entry.Supplement is { } supplement && end > supplement);

    private Dictionary<DocumentEntry, IReadOnlyList<(TextSpan, CutText)>> Cut(CancellationToken cancellation)
    {
        var cuts = new Dictionary<DocumentEntry, IReadOnlyList<(TextSpan, CutText)>>(ReferenceEqualityComparer.Instance);
        var (current, found) = (-1, new List<Repetition>());
        foreach (var match in _matches.Sorted())
        {
            cancellation.ThrowIfCancellationRequested();
            var item = (int)(match.Key >> 33);
            if (item != current)
            {
                Add(cuts, current, found);
                (current, found) = (item, []);
            }
            var place = (int)(match.Key >> 1 & uint.MaxValue);
            var repetition = (match.Key & 1) == 1 ? Line(item, place, match.Item, match.Place) : Passage(item, place, match.Item, match.Place);
            if (repetition is { } one) found.Add(one);
        }
        Add(cuts, current, found);
        return cuts;
    }

    private void Add(Dictionary<DocumentEntry, IReadOnlyList<(TextSpan, CutText)>> cuts, int item, List<Repetition> found)
    {
        if (found.Count == 0) return;
        var (entry, text) = (_entries[item], Text(item));
        var rows = new List<(TextSpan, CutText)>();
        foreach (var (start, length, kind, first) in Merged(found))
        {
            var span = new TextSpan(start, length);
            rows.Add((span, new CutText(entry.Id, entry.File.Source, kind, length, CutText.Shown(text, span), _entries[first].Id)));
        }
        cuts[entry] = rows;
    }

    private static List<Repetition> Merged(List<Repetition> found)
    {
        var merged = new List<Repetition>();
        foreach (var one in found.OrderBy(one => one.Start).ThenByDescending(one => one.Length))
        {
            if (merged.Count > 0 && one.Start < merged[^1].Start + merged[^1].Length)
                merged[^1] = merged[^1] with { Length = Math.Max(merged[^1].Length, one.Start + one.Length - merged[^1].Start) };
            else merged.Add(one);
        }
        return merged;
    }

    private Repetition? Line(int item, int place, int firstItem, int firstPlace)
    {
        var (text, first) = (Text(item), Text(firstItem));
        var length = LineEnd(text, place) - place;
        if (LineEnd(first, firstPlace) - firstPlace != length || !text.AsSpan(place, length).SequenceEqual(first.AsSpan(firstPlace, length))) return null;
        return new Repetition(place, Math.Min(length + 1, text.Length - place), CutText.RepeatedLine, firstItem);
    }

    private Repetition? Passage(int item, int place, int firstItem, int firstPlace)
    {
        var (text, first) = (Text(item), Text(firstItem));
        // Within one document the two may touch, not overlap.
        var room = item == firstItem ? place - firstPlace : int.MaxValue;
        if (room < Window || !text.AsSpan(place, Window).SequenceEqual(first.AsSpan(firstPlace, Window))) return null;
        int before = 0, after = Window;
        while (before + after < room && place > before && firstPlace > before && text[place - before - 1] == first[firstPlace - before - 1]) before++;
        while (before + after < room && place + after < text.Length && firstPlace + after < first.Length && text[place + after] == first[firstPlace + after]) after++;
        var (start, end) = (place - before, place + after);
        if (end - start < _config.RepeatedPassageCharacters) return null;
        if (_entries[item] is { IsStatute: true } statute) start = Math.Max(start, statute.Supplement!.Value);
        while (start < end && !IsBoundary(text, start)) start++;
        while (end > start && !IsBoundary(text, end)) end--;
        return end > start ? new Repetition(start, end - start, CutText.RepeatedPassage, firstItem) : null;
    }

    private static bool IsBoundary(string text, int place) =>
        place == 0 || place == text.Length || text[place - 1] == '\n' || (place >= 2 && text[place - 1] == ' ' && text[place - 2] is '.' or '?' or '!');

    private static int LineEnd(string text, int start)
    {
        var end = text.IndexOf('\n', start);
        return end < 0 ? text.Length : end;
    }

    private string Text(int item)
    {
        var place = _texts.FindLastIndex(text => text.Item == item);
        if (place == _texts.Count - 1 && place >= 0) return _texts[place].Text;
        var text = place < 0 ? (item, _text(_entries[item])) : _texts[place];
        if (place >= 0) _texts.RemoveAt(place);
        else if (_texts.Count == TextsKept) _texts.RemoveAt(0);
        _texts.Add(text);
        return text.Item2;
    }

    private readonly record struct Repetition(int Start, int Length, string Kind, int First);
}
