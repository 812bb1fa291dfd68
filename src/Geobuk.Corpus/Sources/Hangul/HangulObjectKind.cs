namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Kinds of <see cref="HangulObject"/>.</summary>
internal enum HangulObjectKind
{
    /// <summary>Text box, drawing with text, caption.</summary>
    Box,
    /// <summary>Table; its paragraphs are the caption.</summary>
    Table,
    /// <summary>Footnote.</summary>
    Footnote,
    /// <summary>Endnote.</summary>
    Endnote,
    /// <summary>Header.</summary>
    Header,
    /// <summary>Footer.</summary>
    Footer,
    /// <summary>Hidden comment or memo.</summary>
    Hidden,
}
