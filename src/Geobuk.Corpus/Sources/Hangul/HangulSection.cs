namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>A section: its paragraphs and the numbering of its outline.</summary>
internal sealed class HangulSection
{
    /// <summary>Numbering that outline paragraphs use.</summary>
    public int OutlineNumbering { get; set; }

    /// <summary>In reading order.</summary>
    public List<HangulParagraph> Paragraphs { get; } = [];
}
