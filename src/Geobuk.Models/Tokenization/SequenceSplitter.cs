namespace Geobuk.Models.Tokenization;

/// <summary>Splitters one after the other, each on the words of the one before.</summary>
internal sealed class SequenceSplitter(IReadOnlyList<ISplitter> stages) : ISplitter
{
    public string Rule => string.Join(" ; ", stages.Select(stage => stage.Rule));

    public void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words)
    {
        var current = new List<TextRange> { new(0, text.Length) };
        foreach (var stage in stages)
        {
            var next = new List<TextRange>(current.Count * 2);
            foreach (var word in current) stage.Split(text[word.Start..word.End], word.Start, next);
            current = next;
        }
        foreach (var word in current) words.Add(new TextRange(offset + word.Start, offset + word.End));
    }
}
