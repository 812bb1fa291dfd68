namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Something anchored in a paragraph: a box, a note, a header, a footer, a hidden remark; see <see cref="HangulTable"/>.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Paragraphs">What is in it.</param>
internal record HangulObject(HangulObjectKind Kind, List<HangulParagraph> Paragraphs);
