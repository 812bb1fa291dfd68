namespace Geobuk.Corpus.Sources.Pdf;

/// <summary>A line of words from left to right, and the column that it stands in.</summary>
internal sealed record PdfLine(List<PdfWord> Words, double ColumnLeft, double ColumnRight)
{
    /// <summary>Left edge.</summary>
    public double Left => Words[0].Left;

    /// <summary>Right edge.</summary>
    public double Right => Words.Max(word => word.Right);

    /// <summary>Upper edge.</summary>
    public double Top => Words.Max(word => word.Top);

    /// <summary>Lower edge.</summary>
    public double Bottom => Words.Min(word => word.Bottom);

    /// <summary>Height of the tallest word.</summary>
    public double Height => Math.Max(1, Words.Max(word => word.Height));

    /// <summary>The words with spaces between them.</summary>
    public string Text => string.Join(' ', Words.Select(word => word.Text));
}
