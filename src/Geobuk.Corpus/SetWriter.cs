using System.Text.Encodings.Web;
using System.Text.Json;
using Geobuk.Corpus.Selection;
using Geobuk.Corpus.Shards;

namespace Geobuk.Corpus;

/// <summary>One of the four sets: its shard, for validation its text too, and its numbers.</summary>
internal sealed class SetWriter : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ShardWriter _shard;
    private readonly OutputText? _text;
    private readonly Action<EncodedDocument, string, int, bool> _added;

    /// <param name="name">The set.</param>
    /// <param name="folder">Where its files go.</param>
    /// <param name="encoder">Says how large its tokens are.</param>
    /// <param name="withText">Writes the text too.</param>
    /// <param name="added">Told of every document, with the set's name, the document's number in it, and whether only its beginning is.</param>
    public SetWriter(string name, string folder, DocumentEncoder encoder, bool withText, Action<EncodedDocument, string, int, bool> added)
    {
        _added = added;
        Name = name;
        if (withText) _text = new OutputText(Path.Combine(folder, name + ".jsonl"));
        _shard = new ShardWriter(Path.Combine(folder, name + ".bin"), encoder.VocabularySize, encoder.Digest);
    }

    public string Name { get; }
    public SetSummary Summary { get; private set; } = new();
    public LongestDocument? Longest { get; private set; }
    public List<CutDocument> Cut { get; } = [];
    private readonly Dictionary<DocumentEntry, int> _places = new(ReferenceEqualityComparer.Instance);

    /// <summary>Its documents.</summary>
    public IReadOnlyCollection<DocumentEntry> Entries => _places.Keys;

    /// <summary>Number of a document in the shard; null where it is not in it.</summary>
    public int? PlaceOf(DocumentEntry entry) => _places.TryGetValue(entry, out var place) ? place : null;

    /// <summary>Appends a document; <paramref name="wholeTokens"/> is given where it was cut.</summary>
    public void Add(EncodedDocument document, int? wholeTokens = null)
    {
        var entry = document.Entry;
        _shard.Append(document.Tokens);
        _text?.Write(JsonSerializer.Serialize(new { id = entry.Id, source = entry.File.Source, text = document.Text }, Json) + "\n");
        _places.Add(entry, _places.Count);
        _added(document, Name, _places.Count - 1, wholeTokens is not null);
        if (wholeTokens is { } whole) Cut.Add(new CutDocument(entry.Id, entry.File.Source, Name, document.Tokens.Length, whole));
        if (Longest is null || document.Tokens.Length > Longest.Tokens) Longest = new LongestDocument(entry.Id, document.Tokens.Length);
        Summary = new SetSummary
        {
            Documents = Summary.Documents + 1,
            Tokens = Summary.Tokens + document.Tokens.Length,
            Characters = Summary.Characters + document.Text.Length,
            Articles = Summary.Articles + (wholeTokens is null ? entry.Articles : 0),
        };
    }

    public void Complete()
    {
        _shard.Complete();
        _text?.Complete();
    }

    public void Dispose()
    {
        _shard.Dispose();
        _text?.Dispose();
    }
}
