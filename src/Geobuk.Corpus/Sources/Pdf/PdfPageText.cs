namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>The lines of a page in reading order.</summary>
internal sealed record PdfPageText(int Number, double Height, List<PdfLine> Lines);
