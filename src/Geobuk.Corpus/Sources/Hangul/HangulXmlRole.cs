namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>What an element of HWPX or HWPML means for the text.</summary>
internal enum HangulXmlRole
{
    /// <summary>Nothing of its own; its children are looked at.</summary>
    None,
    /// <summary>Not looked into.</summary>
    Skipped,
    Section,
    Paragraph,
    Text,
    Table,
    Cell,
    CellAddress,
    CellSpan,
    Caption,
    Box,
    Footnote,
    Endnote,
    Header,
    Footer,
    Hidden,
    Field,
    Equation,
    AutoNumber,
    Composed,
    Ruby,
    SectionProperties,
    MasterPage,
}
