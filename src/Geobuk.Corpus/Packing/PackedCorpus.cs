using Geobuk.Corpus.Shards;

namespace Geobuk.Corpus.Packing;

/// <summary>
/// Shards as training sequences: (epoch, index) to tokens, positions and document ids. Documents of all shards are packed together.
/// The packing of the epoch asked for last is kept. Safe for many threads. Does not own the readers.
/// </summary>
public sealed class PackedCorpus
{
    private readonly IReadOnlyList<ShardReader> _shards;
    private readonly int[] _lengths;
    private readonly int[] _firstDocument;
    private readonly int[] _rotation;
    private readonly long[] _firstToken;
    private readonly ulong _seed;
    private (int Epoch, PackedEpoch Packed)? _current;
    private readonly Lock _lock = new();

    /// <param name="shards">Shards of one tokenizer.</param>
    /// <param name="sequenceLength">Tokens per sequence.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="rotation">By shard, the epochs after which its documents have all been seen: epoch e takes every such-and-such document, starting at e. Null takes all in every epoch.</param>
    public PackedCorpus(IReadOnlyList<ShardReader> shards, int sequenceLength, ulong seed, IReadOnlyList<int>? rotation = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        if (shards.Select(shard => shard.TokenizerDigest).Distinct().Count() > 1) throw new ArgumentException("shards of different tokenizers", nameof(shards));
        _shards = shards;
        _seed = seed;
        _rotation = [.. rotation ?? [.. shards.Select(_ => 1)]];
        SequenceLength = sequenceLength;
        _lengths = [.. shards.SelectMany(shard => shard.Lengths())];
        _firstToken = new long[_lengths.Length + 1];
        for (var i = 0; i < _lengths.Length; i++) _firstToken[i + 1] = _firstToken[i] + _lengths[i];
        _firstDocument = new int[shards.Count];
        for (var i = 1; i < shards.Count; i++) _firstDocument[i] = _firstDocument[i - 1] + shards[i - 1].DocumentCount;
    }

    /// <summary>Tokens per sequence.</summary>
    public int SequenceLength { get; }

    /// <summary>Tokens of all shards.</summary>
    public long TokenCount => _shards.Sum(shard => shard.TokenCount);

    /// <summary>The packing of an epoch; the number of sequences can differ a little from epoch to epoch.</summary>
    public PackedEpoch Epoch(int epoch)
    {
        lock (_lock)
        {
            if (_current is { } current && current.Epoch == epoch) return current.Packed;
            var packed = Packer.Pack(LengthsOf(epoch), SequenceLength, _seed, epoch);
            _current = (epoch, packed);
            return packed;
        }
    }

    /// <summary>Sequences in an epoch.</summary>
    public int SequenceCount(int epoch) => Epoch(epoch).Sequences.Count;

    /// <summary>One sequence of an epoch.</summary>
    public PackedTokens Get(int epoch, int index)
    {
        var sequence = Epoch(epoch).Sequences[index];
        var tokens = new int[SequenceLength];
        var positions = new int[SequenceLength];
        var documents = new int[SequenceLength];
        var shards = new int[SequenceLength];
        var origins = new long[SequenceLength];
        var at = 0;
        for (var i = 0; i < sequence.Pieces.Count; i++)
        {
            var piece = sequence.Pieces[i];
            var shard = ShardOf(piece.Document);
            _shards[shard].Copy(piece.Document - _firstDocument[shard], piece.Start, tokens.AsSpan(at, piece.Length));
            shards.AsSpan(at, piece.Length).Fill(shard);
            for (var j = 0; j < piece.Length; j++) (positions[at + j], origins[at + j]) = (j, _firstToken[piece.Document] + piece.Start + j);
            documents.AsSpan(at, piece.Length).Fill(i);
            at += piece.Length;
        }
        documents.AsSpan(at).Fill(PackedTokens.Padding);
        shards.AsSpan(at).Fill(PackedTokens.Padding);
        origins.AsSpan(at).Fill(PackedTokens.Padding);
        return new PackedTokens(tokens, positions, documents, shards, at) { Origins = origins };
    }

    /// <summary>The document of every token of a sequence, numbered over all shards; <see cref="PackedTokens.Padding"/> in the padding.</summary>
    public int[] Documents(int epoch, int index)
    {
        var documents = new int[SequenceLength];
        Array.Fill(documents, PackedTokens.Padding);
        var at = 0;
        foreach (var piece in Epoch(epoch).Sequences[index].Pieces)
        {
            documents.AsSpan(at, piece.Length).Fill(piece.Document);
            at += piece.Length;
        }
        return documents;
    }

    /// <summary>Documents that are not this epoch's turn have no tokens.</summary>
    private int[] LengthsOf(int epoch)
    {
        if (_rotation.All(turns => turns == 1)) return _lengths;
        return [.. _lengths.Select((length, document) =>
        {
            var shard = ShardOf(document);
            return (document - _firstDocument[shard]) % _rotation[shard] == epoch % _rotation[shard] ? length : 0;
        })];
    }

    private int ShardOf(int document)
    {
        var shard = _shards.Count - 1;
        while (_firstDocument[shard] > document) shard--;
        return shard;
    }
}
