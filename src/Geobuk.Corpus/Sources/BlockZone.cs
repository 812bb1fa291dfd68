namespace Geobuk.Corpus.Sources;

/// <summary>Where on the page a block is printed.</summary>
public enum BlockZone
{
    /// <summary>In the running text.</summary>
    Body,
    /// <summary>At the top of pages.</summary>
    Header,
    /// <summary>At the bottom of pages.</summary>
    Footer,
    /// <summary>In a frame of its own: a text box, or a table of one cell.</summary>
    Box,
    /// <summary>Not printed: a comment, a memo, a hidden remark.</summary>
    Hidden,
}
