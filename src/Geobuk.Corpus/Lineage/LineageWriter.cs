using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Geobuk.Corpus.Selection;

namespace Geobuk.Corpus.Lineage;

/// <summary>Writes the lineage of every document as it goes into a shard, and keeps the root over it.</summary>
/// <param name="write">Takes one line after the other, each with its end.</param>
internal sealed class LineageWriter(Action<string> write)
{
    private readonly MerkleTree _tree = new();

    /// <summary>The root over the lines so far.</summary>
    public string Root => _tree.Root();

    /// <summary>Adds a document that has just been appended to a shard.</summary>
    /// <param name="entry">The document.</param>
    /// <param name="text">Its text in the shard.</param>
    /// <param name="tokens">Its tokens in the shard.</param>
    /// <param name="place">The set and the document's number in it.</param>
    /// <param name="isBeginning">Only the beginning of the document is in the set.</param>
    public void Add(DocumentEntry entry, string text, ReadOnlySpan<int> tokens, (string Set, int Number) place, bool isBeginning)
    {
        // After the first pass a text only becomes shorter: repeated passages go, or all but its beginning.
        var hash = text.Length == entry.Characters ? entry.Hash : ContentHash.Of(text);
        List<LineageTransform> transforms = [.. DocumentLineage.TransformsOf(entry)];
        if (hash != entry.Hash) transforms.Add(new LineageTransform(isBeginning ? "cut" : "clean", hash.ToString()));
        var line = new DocumentLineage
        {
            Id = entry.Id,
            Source = entry.File.Source,
            Format = entry.Origin.Format,
            FileSha256 = entry.Origin.FileSha256,
            Offset = entry.Location.Offset,
            Length = entry.Location.Length,
            Line = entry.Location.Line,
            Transforms = transforms,
            License = entry.Origin.License,
            Set = place.Set,
            Place = place.Number,
            Tokens = tokens.Length,
            TokensSha256 = HashOf(tokens),
        }.ToJson();
        _tree.Add(Encoding.UTF8.GetBytes(line));
        write(line + "\n");
    }

    /// <summary>SHA-256 of token ids.</summary>
    public static string HashOf(ReadOnlySpan<int> tokens) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(tokens)));
}
