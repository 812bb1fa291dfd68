namespace Geobuk.Corpus.Cleaning;

/// <summary>A run of UTF-16 units in a text.</summary>
internal readonly record struct TextSpan(int Start, int Length)
{
    public int End => Start + Length;
}
