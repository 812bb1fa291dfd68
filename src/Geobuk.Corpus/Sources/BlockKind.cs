namespace Geobuk.Corpus.Sources;

/// <summary>What a block of a document is; the statute kinds follow the Korean drafting order 편, 장, 절, 관, 조, 항, 호, 목.</summary>
public enum BlockKind
{
    /// <summary>Running text; its lines are kept.</summary>
    Text,
    /// <summary>The document's title.</summary>
    Title,
    /// <summary>A heading without statutory meaning.</summary>
    Heading,
    /// <summary>편.</summary>
    Part,
    /// <summary>장.</summary>
    Chapter,
    /// <summary>절.</summary>
    Section,
    /// <summary>관.</summary>
    Subsection,
    /// <summary>조: the heading of an article.</summary>
    Article,
    /// <summary>부칙: the heading of supplementary provisions.</summary>
    Supplement,
    /// <summary>항: ①.</summary>
    Clause,
    /// <summary>호: 1.</summary>
    Item,
    /// <summary>목: 가.</summary>
    SubItem,
    /// <summary>세목: 1) or 가).</summary>
    Detail,
    /// <summary>An item of a numbered or bulleted list.</summary>
    ListItem,
    /// <summary>A table; <see cref="Block.Table"/> has its cells.</summary>
    Table,
    /// <summary>A footnote or endnote.</summary>
    Note,
}
