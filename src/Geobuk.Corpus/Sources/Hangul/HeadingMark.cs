namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>What a paragraph's shape says about its automatic number.</summary>
/// <param name="Kind">None, outline, number or bullet.</param>
/// <param name="Id">Numbering or bullet, as the format counts them; the outline's comes from the section.</param>
/// <param name="Level">From 0.</param>
internal readonly record struct HeadingMark(HeadingMarkKind Kind, int Id, int Level);
