namespace Geobuk.Corpus.Cleaning;

/// <summary>A span of a text and what takes its place; nothing cuts it out.</summary>
internal readonly record struct TextEdit(int Start, int Length, string Replacement)
{
    public int End => Start + Length;
}
