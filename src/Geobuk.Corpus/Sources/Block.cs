namespace Geobuk.Corpus.Sources;

/// <summary>A piece of a document.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Level">Heading level 1 to 6; depth of a list item from 1; 0 for what is neither.</param>
/// <param name="Path">Where it stands, as in 병역법/제5조/①/1/가.</param>
/// <param name="Text">Plain text without markup, its number included: "① 병역은 다음 각 호와 같이 구분한다."</param>
public sealed record Block(BlockKind Kind, int Level, string Path, string Text)
{
    /// <summary>Where on the page it is printed; markings stand in headers, footers and boxes.</summary>
    public BlockZone Zone { get; init; }

    /// <summary>The cells of a <see cref="BlockKind.Table"/>; its <see cref="Text"/> is their text row by row.</summary>
    public Table? Table { get; init; }

    /// <summary>Page from 1 in formats that have pages; 0 elsewhere.</summary>
    public int Page { get; init; }

    /// <summary>Offset of <see cref="Text"/> in <see cref="SourceDocument.Text"/>, in UTF-16 units; -1 where the document's text leaves it out.</summary>
    public int Start { get; internal set; } = -1;

    /// <summary>True for titles and headings of every kind.</summary>
    public bool IsHeading => Kind is >= BlockKind.Title and <= BlockKind.Supplement;
}
