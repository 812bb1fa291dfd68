namespace Geobuk.Models.Tokenization;

/// <summary>Cuts numbers (category N) from the rest, one by one or run by run.</summary>
internal sealed class DigitSplitter(bool individual) : ISplitter
{
    public string Rule => $"digits individual={individual}";

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = start;
            var number = CharacterKinds.At(text, start, out var length) == CharacterKind.Number;
            do end += length;
            while (!(number && individual) && end < text.Length && CharacterKinds.At(text, end, out length) == CharacterKind.Number == number);
            words.Add(new TextRange(offset + start, offset + end));
        }
    }
}
