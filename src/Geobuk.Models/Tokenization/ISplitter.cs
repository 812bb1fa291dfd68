namespace Geobuk.Models.Tokenization;

/// <summary>Cuts text into the words inside which BPE merges; nothing merges across a cut.</summary>
internal interface ISplitter
{
    /// <summary>What the splitter does, in a form that two equal splitters share; part of the tokenizer's digest.</summary>
    string Rule { get; }

    /// <summary>Appends the words of <paramref name="text"/>, shifted by <paramref name="offset"/>.</summary>
    void Split(ReadOnlySpan<char> text, int offset, List<TextRange> words);
}
