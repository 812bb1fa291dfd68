namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>A table with its caption.</summary>
/// <param name="Caption">Paragraphs of the caption.</param>
/// <param name="Rows">Rows as stated; cells may say more.</param>
/// <param name="Columns">Columns as stated.</param>
/// <param name="Cells">In file order.</param>
internal sealed record HangulTable(List<HangulParagraph> Caption, int Rows, int Columns, List<HangulCell> Cells)
    : HangulObject(HangulObjectKind.Table, Caption)
{
    /// <summary>True where the caption stands below.</summary>
    public bool CaptionBelow { get; set; }
}
