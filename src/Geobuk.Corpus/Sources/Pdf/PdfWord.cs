using UglyToad.PdfPig.Content;

namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>A word on a page; coordinates in points, from the lower left.</summary>
internal readonly record struct PdfWord(string Text, double Left, double Right, double Bottom, double Top)
{
    /// <summary>Its height, in place of the font's size.</summary>
    public double Height => Top - Bottom;

    /// <summary>A word of the library; positions that are no numbers are zero.</summary>
    public static PdfWord Of(Word word)
    {
        var box = word.BoundingBox;
        return new PdfWord(word.Text.Trim(), Finite(Math.Min(box.Left, box.Right)), Finite(Math.Max(box.Left, box.Right)), Finite(Math.Min(box.Bottom, box.Top)), Finite(Math.Max(box.Bottom, box.Top)));
    }

    private static double Finite(double value) => double.IsFinite(value) ? Math.Clamp(value, -1e6, 1e6) : 0;
}
