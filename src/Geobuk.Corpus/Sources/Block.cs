namespace Geobuk.Corpus.Sources;

/// <summary>A piece of a document.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Level">Heading level 1 to 6; 0 for what is not a heading.</param>
/// <param name="Path">Where it stands, as in 병역법/제5조/①/1/가.</param>
/// <param name="Text">Plain text without markup, its number included: "① 병역은 다음 각 호와 같이 구분한다."</param>
public sealed record Block(BlockKind Kind, int Level, string Path, string Text)
{
    /// <summary>True for titles and headings of every kind.</summary>
    public bool IsHeading => Kind is >= BlockKind.Title and <= BlockKind.Supplement;
}
