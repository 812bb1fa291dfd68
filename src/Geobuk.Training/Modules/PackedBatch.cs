using Geobuk.Corpus.Packing;
using Geobuk.Training.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// A micro-batch of packed sequences. Documents do not see one another: the mask is causal and block-diagonal, positions
/// restart with each document, and the last token of a document predicts nothing.
/// </summary>
public sealed class PackedBatch : IDisposable
{
    private readonly long[] _replayed = [];

    /// <summary>
    /// Builds the tensors of [sequences, length] token ids; <paramref name="documents"/> numbers the document of every token and
    /// <paramref name="replayed"/>, if given, marks the tokens that a teacher answers for.
    /// </summary>
    public PackedBatch(int[] tokens, int[] positions, int[] documents, int length, Device device, bool[]? replayed = null)
        : this(Split(tokens, positions, documents, length, replayed), device, replayed is null ? null : 1)
    {
    }

    /// <summary>Builds the tensors of rows of one length; <paramref name="replayedShard"/> is the shard that a teacher answers for.</summary>
    public PackedBatch(IReadOnlyList<PackedTokens> rows, Device device, int? replayedShard = null)
    {
        var length = rows[0].Tokens.Length;
        using var scope = NewDisposeScope();
        InputIds = Matrix(row => row.Tokens).MoveToOuterDisposeScope();
        Positions = Matrix(row => row.Positions).MoveToOuterDisposeScope();
        var ids = Matrix(row => row.DocumentIds);
        var sameDocument = ids.unsqueeze(2) == ids.unsqueeze(1);
        Mask = (sameDocument & ones(length, length, @bool, device).tril()).unsqueeze(1).MoveToOuterDisposeScope();
        var places = Predictions(rows, length).ToList();
        PredictionCount = places.Count;
        Sources = tensor(places.Select(place => (long)place.Row * length + place.At).ToArray(), device: device).MoveToOuterDisposeScope();
        Targets = tensor(places.Select(place => (long)rows[place.Row].Tokens[place.At + 1]).ToArray(), device: device).MoveToOuterDisposeScope();
        WeightSum = places.Sum(place => (double)Weight(rows[place.Row], place.At));
        if (rows.Any(row => row.Weights is not null))
            Weights = tensor(places.Select(place => Weight(rows[place.Row], place.At)).ToArray(), device: device).MoveToOuterDisposeScope();
        if (replayedShard is { } shard)
        {
            _replayed = [.. Enumerable.Range(0, places.Count).Where(i => rows[places[i].Row].Shards[places[i].At] == shard).Select(i => (long)i)];
            if (_replayed.Length > 0) Replayed = tensor(_replayed, device: device).MoveToOuterDisposeScope();
        }
        Rows = rows;
        Places = places;
        Documents = [.. Spans(rows)];

        Tensor Matrix(Func<PackedTokens, int[]> values) => tensor(rows.SelectMany(values).ToArray(), rows.Count, length, device: device).to(int64);
    }

    /// <summary>What the tensors were made of.</summary>
    internal IReadOnlyList<PackedTokens> Rows { get; }
    /// <summary>Row and place of every token that predicts.</summary>
    internal IReadOnlyList<(int Row, int At)> Places { get; }
    /// <summary>How much each prediction counts, float32 [predictions]; null counts all alike.</summary>
    public Tensor? Weights { get; }
    /// <summary>Sum of the weights; the number of predictions where they count alike.</summary>
    public double WeightSum { get; }
    /// <summary>Token ids, int64 [sequences, length].</summary>
    public Tensor InputIds { get; }
    /// <summary>Position of each token in its document, int64 [sequences, length].</summary>
    public Tensor Positions { get; internal set; }
    /// <summary>True where a query may read a key, bool [sequences, 1, length, length].</summary>
    public Tensor Mask
    {
        get;
        internal set
        {
            field = value;
            Documents = null;
        }
    }
    /// <summary>Where documents lie; null where the mask was replaced and alone says what is read.</summary>
    public IReadOnlyList<DocumentSpan>? Documents { get; private set; }
    /// <summary>Flat indices of the tokens that predict, int64 [predictions].</summary>
    public Tensor Sources { get; }
    /// <summary>What they predict, int64 [predictions].</summary>
    public Tensor Targets { get; }
    /// <summary>The predictions at which a teacher's probabilities take the place of the target, ascending, int64 [replayed]; null where nowhere.</summary>
    public Tensor? Replayed { get; }
    /// <summary>Number of predictions.</summary>
    public int PredictionCount { get; }

    /// <summary>How many of the predictions from <paramref name="start"/> on a teacher answers for; known without asking the device.</summary>
    internal int ReplayedIn(long start, long length) => _replayed.Count(place => place >= start && place < start + length);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in new[] { InputIds, Positions, Mask, Sources, Targets, Replayed, Weights }) item?.Dispose();
    }

    /// <summary>Tokens whose next one is of the same document and counts.</summary>
    private static IEnumerable<(int Row, int At)> Predictions(IReadOnlyList<PackedTokens> rows, int length)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var documents = rows[row].DocumentIds;
            for (var at = 0; at + 1 < length; at++)
                if (documents[at] >= 0 && documents[at] == documents[at + 1] && Weight(rows[row], at) != 0) yield return (row, at);
        }
    }

    private static IEnumerable<DocumentSpan> Spans(IReadOnlyList<PackedTokens> rows)
    {
        for (var row = 0; row < rows.Count; row++)
        {
            var documents = rows[row].DocumentIds;
            for (var start = 0; start < documents.Length;)
            {
                var end = start + 1;
                while (end < documents.Length && documents[end] == documents[start]) end++;
                yield return new DocumentSpan(row, start, end - start);
                start = end;
            }
        }
    }

    private static PackedTokens[] Split(int[] tokens, int[] positions, int[] documents, int length, bool[]? replayed)
    {
        var shards = replayed is null ? new int[tokens.Length] : [.. replayed.Select(mark => mark ? 1 : 0)];
        return [.. Enumerable.Range(0, tokens.Length / length).Select(row => (row * length)..((row + 1) * length))
            .Select(part => new PackedTokens(tokens[part], positions[part], documents[part], shards[part], length))];
    }

    /// <summary>What the prediction at a place counts.</summary>
    private static float Weight(PackedTokens row, int at) => row.Weights is { } weights ? weights[at + 1] : 1;
}
