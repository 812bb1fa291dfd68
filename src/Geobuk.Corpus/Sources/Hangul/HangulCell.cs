namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>A cell as the file has it.</summary>
internal sealed record HangulCell(int Row, int Column, int RowSpan, int ColumnSpan, List<HangulParagraph> Paragraphs);
