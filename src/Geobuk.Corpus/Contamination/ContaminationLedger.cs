using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Corpus.Cleaning;

namespace Geobuk.Corpus.Contamination;

/// <summary>
/// Which evaluation items stand in the training text, wholly or in part: overlap of windows of characters, letters and digits only, since word
/// n-grams miss Korean, whose words change their endings. The training text streams by; only the items' windows are kept.
/// </summary>
public sealed class ContaminationLedger
{
    /// <summary>Characters of a window; shorter agreement is common wording.</summary>
    public const int DefaultWindow = 30;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly int _window;
    private readonly List<Item> _items;
    private readonly Dictionary<ulong, List<(Item Item, int Part, int Place)>> _windows = [];

    private ContaminationLedger(IEnumerable<EvaluationText> items, int window)
    {
        _window = window;
        _items = [.. items.Select(item => new Item(item, window))];
        foreach (var item in _items)
        {
            for (var part = 0; part < item.Parts.Length; part++)
            {
                var hashes = WindowHash.All(item.Parts[part], window);
                for (var place = 0; place < hashes.Length; place++)
                {
                    if (!_windows.TryGetValue(hashes[place], out var places)) _windows[hashes[place]] = places = [];
                    places.Add((item, part, place));
                }
            }
        }
    }

    /// <summary>The ledger of <paramref name="items"/> against <paramref name="training"/>, a row for each item.</summary>
    public static IReadOnlyList<ContaminationRow> Of(IEnumerable<EvaluationText> items, IEnumerable<(string Name, string Text)> training, int window, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 8);
        var ledger = new ContaminationLedger(items, window);
        foreach (var (name, text) in training)
        {
            cancellation.ThrowIfCancellationRequested();
            ledger.Read(name, Normalize(text));
        }
        return ledger._items.ConvertAll(item => item.Row());
    }

    /// <summary>Writes the rows as JSON lines.</summary>
    public static void Write(string path, IEnumerable<ContaminationRow> rows)
    {
        using var file = new OutputText(path);
        foreach (var row in rows) file.Write(JsonSerializer.Serialize(row, Json) + "\n");
        file.Complete();
    }

    /// <summary>Letters and digits, Latin ones in lower case.</summary>
    internal static string Normalize(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c < '\u0080') { if (char.IsAsciiLetterOrDigit(c)) bare.Append(char.ToLowerInvariant(c)); }
            else if ((char.IsLetterOrDigit(c) && c != '\u318D') || char.IsSurrogate(c)) bare.Append(c);
        }
        return bare.ToString();
    }

    private void Read(string name, string text)
    {
        var hashes = WindowHash.All(text, _window);
        for (var place = 0; place < hashes.Length; place++)
        {
            if (!_windows.TryGetValue(hashes[place], out var found)) continue;
            foreach (var (item, part, start) in found)
                if (text.AsSpan(place, _window).SequenceEqual(item.Parts[part].AsSpan(start, _window))) item.Mark(name, part, start, place);
        }
        foreach (var item in _items) item.EndDocument();
    }

    private sealed class Item
    {
        private readonly string _id;
        private readonly int _window, _characters;
        private readonly bool[][] _covered;
        // Windows that follow one another in item and document make one run; by part and the distance between the two places.
        private readonly Dictionary<(int Part, int Distance), (int End, int Length)> _runs = [];
        private int _longest, _documents;
        private string? _first;

        public Item(EvaluationText text, int window)
        {
            (_id, _window) = (text.Id, window);
            var parts = text.Parts.Select(Normalize).ToArray();
            // Too short in parts, perhaps not as a whole.
            Parts = Array.Exists(parts, part => part.Length >= window) ? parts : [string.Concat(parts)];
            _characters = Parts.Sum(part => part.Length);
            _covered = Array.ConvertAll(Parts, part => new bool[part.Length]);
        }

        public string[] Parts { get; }

        public void Mark(string document, int part, int start, int place)
        {
            _first ??= document;
            _covered[part].AsSpan(start, _window).Fill(true);
            var run = (part, place - start);
            var length = _runs.TryGetValue(run, out var last) && last.End == start - 1 ? last.Length + 1 : _window;
            _runs[run] = (start, length);
            _longest = Math.Max(_longest, length);
        }

        public void EndDocument()
        {
            if (_runs.Count == 0) return;
            _documents++;
            _runs.Clear();
        }

        public ContaminationRow Row()
        {
            var covered = _covered.Sum(part => part.Count(c => c));
            return new ContaminationRow(_id, _characters, Array.Exists(Parts, part => part.Length >= _window), covered > 0,
                _characters == 0 ? 0 : Math.Round((double)covered / _characters, 4), _longest, _documents, _first);
        }
    }
}
