namespace Geobuk.Models.Tokenization;

/// <summary>No cut at all: the text is one word.</summary>
internal sealed class WholeText : ISplitter
{
    public string Rule => "whole";

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        if (text.Length > 0) words.Add(new TextRange(offset, offset + text.Length));
    }
}
