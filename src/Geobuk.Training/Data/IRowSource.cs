using Geobuk.Corpus.Packing;

namespace Geobuk.Training.Data;

/// <summary>Training rows as a pure function of epoch and index.</summary>
internal interface IRowSource
{
    /// <summary>Rows of an epoch; the number can differ a little from epoch to epoch.</summary>
    int Count(int epoch);

    /// <summary>One row.</summary>
    PackedTokens Get(int epoch, int index);
}
