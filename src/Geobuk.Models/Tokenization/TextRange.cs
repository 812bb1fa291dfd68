namespace Geobuk.Models.Tokenization;

/// <summary>A stretch of UTF-16 units in a text.</summary>
internal readonly record struct TextRange(int Start, int End)
{
    /// <summary>Number of UTF-16 units.</summary>
    public int Length => End - Start;
}
