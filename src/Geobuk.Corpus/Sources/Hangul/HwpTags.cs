namespace Geobuk.Corpus.Sources.Hangul;

/// <summary>Record tags of HWP 5 that carry text or structure.</summary>
internal static class HwpTags
{
    public const int Numbering = 23, Bullet = 24, ParagraphShape = 25, Style = 26, DistributionData = 28;
    public const int ParagraphHeader = 66, ParagraphText = 67, ControlHeader = 71, ListHeader = 72, Table = 77, Equation = 88;
}
