namespace Geobuk.Models.Tokenization;

/// <summary>
/// Trains byte-level BPE (Sennrich et al. 2016) on words of the GPT-2 split: the most frequent adjacent pair becomes a
/// token, again and again. Equal counts fall to the pair of smaller ids, so the result depends on the texts alone.
/// Ids: special tokens, the 256 bytes, then merges in the order they were learnt.
/// </summary>
public static class BpeTrainer
{
    /// <summary>The special tokens of the A.X layout, in id order.</summary>
    public static IReadOnlyList<string> SpecialTokens { get; } =
        ["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>"];

    /// <summary>The smallest vocabulary: special tokens and bytes.</summary>
    public static int SmallestVocabulary => SpecialTokens.Count + 256;

    /// <summary>
    /// Trains and writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and generation_config.json.
    /// The vocabulary comes out smaller than asked where no pair occurs twice any more.
    /// </summary>
    /// <param name="texts">The corpus; it is read once.</param>
    /// <param name="vocabularySize">Number of tokens wanted.</param>
    /// <param name="outputFolder">Is created where absent; files in it are replaced.</param>
    /// <param name="progress">Tokens learnt so far, and how many there will be.</param>
    /// <param name="cancellationToken">Stops between texts and between merges.</param>
    /// <exception cref="UserInputException">The size is below <see cref="SmallestVocabulary"/> or the texts are empty.</exception>
    public static void Train(IEnumerable<string> texts, int vocabularySize, string outputFolder, Action<long, long>? progress = null, CancellationToken cancellationToken = default)
    {
        if (vocabularySize < SmallestVocabulary)
            throw new UserInputException($"tokenizer.vocabulary_size is {vocabularySize}; expected at least {SmallestVocabulary}: {SpecialTokens.Count} special tokens and 256 bytes. Some thousand are usual for a small model.");
        var words = WordCounts.Of(texts, cancellationToken);
        if (words.Count == 0)
            throw new UserInputException("tokenizer: the training texts are empty; expected text to learn tokens from. Check the corpus folders.");
        var pairs = new PairCounts(words, firstByteId: SpecialTokens.Count);
        var tokens = Alphabet();
        var merges = Learn(pairs, tokens, vocabularySize, progress, cancellationToken);
        progress?.Invoke(tokens.Count, tokens.Count);
        TrainedTokenizerWriter.Write(outputFolder, tokens, merges);
    }

    private static List<(string Left, string Right)> Learn(PairCounts pairs, List<string> tokens, int vocabularySize, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        var ids = tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => entry.id, StringComparer.Ordinal);
        var merges = new List<(string Left, string Right)>();
        var learnt = new HashSet<(int, int)>();
        while (tokens.Count < vocabularySize && pairs.Best() is var (left, right))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // ab+c and a+bc are one token: two ways to it, one id.
            var text = tokens[left] + tokens[right];
            if (!ids.TryGetValue(text, out var id))
            {
                ids.Add(text, id = tokens.Count);
                tokens.Add(text);
                if (tokens.Count % 64 == 0) progress?.Invoke(tokens.Count, vocabularySize);
            }
            pairs.Merge(left, right, id);
            if (learnt.Add((left, right))) merges.Add((tokens[left], tokens[right]));
        }
        return merges;
    }

    private static List<string> Alphabet()
    {
        var tokens = new List<string>(SpecialTokens);
        for (var value = 0; value < 256; value++) tokens.Add(ByteAlphabet.ToCharacter((byte)value).ToString());
        return tokens;
    }
}
