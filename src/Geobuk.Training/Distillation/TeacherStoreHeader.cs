namespace Geobuk.Training.Distillation;

/// <summary>The first line of a <see cref="TeacherStore"/>.</summary>
/// <param name="Tokens">Tokens of the training shards, each with a record.</param>
/// <param name="TopK">Answers in a record.</param>
/// <param name="Corpus">Digest of the corpus.</param>
public sealed record TeacherStoreHeader(long Tokens, int TopK, string Corpus)
{
    /// <summary>Bytes of a record.</summary>
    public long RecordBytes => 6L * TopK;
}
