using Geobuk.Corpus.Packing;

namespace Geobuk.Training.Data;

/// <summary>A corpus artifact's documents, packed.</summary>
internal sealed class CorpusRows(PackedCorpus corpus) : IRowSource
{
    /// <inheritdoc/>
    public int Count(int epoch) => corpus.SequenceCount(epoch);

    /// <inheritdoc/>
    public PackedTokens Get(int epoch, int index) => corpus.Get(epoch, index);
}
