using TorchSharp;
using static TorchSharp.torch;

namespace Geobuk.Training.Modules;

/// <summary>
/// A micro-batch of packed sequences. Documents do not see one another: the mask is causal and block-diagonal, positions
/// restart with each document, and the last token of a document predicts nothing.
/// </summary>
public sealed class PackedBatch : IDisposable
{
    /// <summary>
    /// Builds the tensors of [sequences, length] token ids; <paramref name="documents"/> numbers the document of every token and
    /// <paramref name="replayed"/>, if given, marks the tokens that a teacher answers for.
    /// </summary>
    public PackedBatch(int[] tokens, int[] positions, int[] documents, int length, Device device, bool[]? replayed = null)
    {
        var sequences = tokens.Length / length;
        using var scope = NewDisposeScope();
        InputIds = Matrix(tokens).MoveToOuterDisposeScope();
        Positions = Matrix(positions).MoveToOuterDisposeScope();
        var ids = Matrix(documents);
        var sameDocument = ids.unsqueeze(2) == ids.unsqueeze(1);
        Mask = (sameDocument & ones(length, length, @bool, device).tril()).unsqueeze(1).MoveToOuterDisposeScope();
        var (sources, targets) = Predictions(tokens, documents, length);
        PredictionCount = targets.Length;
        Sources = tensor(sources, device: device).MoveToOuterDisposeScope();
        Targets = tensor(targets, device: device).MoveToOuterDisposeScope();
        if (replayed is not null && sources.Any(source => replayed[source]))
            Replayed = tensor(sources.Select(source => replayed[source]).ToArray(), device: device).MoveToOuterDisposeScope();

        Tensor Matrix(int[] values) => tensor(values, sequences, length, device: device).to(int64);
    }

    /// <summary>Token ids, int64 [sequences, length].</summary>
    public Tensor InputIds { get; }
    /// <summary>Position of each token in its document, int64 [sequences, length].</summary>
    public Tensor Positions { get; internal set; }
    /// <summary>True where a query may read a key, bool [sequences, 1, length, length].</summary>
    public Tensor Mask { get; internal set; }
    /// <summary>Flat indices of the tokens that predict, int64 [predictions].</summary>
    public Tensor Sources { get; }
    /// <summary>What they predict, int64 [predictions].</summary>
    public Tensor Targets { get; }
    /// <summary>True where a teacher's probabilities take the place of the target, bool [predictions]; null where nowhere.</summary>
    public Tensor? Replayed { get; }
    /// <summary>Number of predictions.</summary>
    public int PredictionCount { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in new[] { InputIds, Positions, Mask, Sources, Targets, Replayed }) item?.Dispose();
    }

    private static (long[] Sources, long[] Targets) Predictions(int[] tokens, int[] documents, int length)
    {
        var sources = new List<long>(tokens.Length);
        var targets = new List<long>(tokens.Length);
        for (var i = 0; i + 1 < tokens.Length; i++)
        {
            // A negative document number marks padding.
            if ((i + 1) % length == 0 || documents[i] < 0 || documents[i] != documents[i + 1]) continue;
            sources.Add(i);
            targets.Add(tokens[i + 1]);
        }
        return (sources.ToArray(), targets.ToArray());
    }
}
