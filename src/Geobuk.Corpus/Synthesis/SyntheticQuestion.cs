namespace Geobuk.Corpus.Synthesis;

/// <summary>A question on a held-back article, in the form that exams are read in.</summary>
/// <param name="Id">Unique in its file.</param>
/// <param name="Question">The question.</param>
/// <param name="Choices">Four choices.</param>
/// <param name="Answer">Index of the right one.</param>
/// <param name="Source">The provision, as in 병역법/제5조/①.</param>
/// <param name="Topic">Kind of the fact.</param>
public sealed record SyntheticQuestion(string Id, string Question, IReadOnlyList<string> Choices, int Answer, string Source, string Topic);
