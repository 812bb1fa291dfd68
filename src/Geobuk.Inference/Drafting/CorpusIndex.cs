using Geobuk.Models;
using Geobuk.Models.Tokenization;

namespace Geobuk.Inference.Drafting;

/// <summary>
/// A suffix array over a text of tokens: where the last tokens of a sequence stand in it, and what followed there. Sorted by the
/// first 32 tokens of each suffix by prefix doubling (Manber and Myers 1993), which is as deep as anything looks. Immutable; any number of sequences
/// use one.
/// </summary>
public sealed class CorpusIndex
{
    private const int ShortestMatch = 2;
    private const int Depth = 32;
    private readonly int[] _tokens;
    private readonly int[] _suffixes;

    /// <summary>Indexes tokens.</summary>
    public CorpusIndex(ReadOnlySpan<int> tokens)
    {
        _tokens = tokens.ToArray();
        _suffixes = Sort(_tokens);
    }

    /// <summary>Tokens indexed.</summary>
    public int Count => _tokens.Length;

    /// <summary>Indexes a UTF-8 text file: the regulations that answers will quote.</summary>
    /// <exception cref="UserInputException">The file is missing, is empty or is not UTF-8.</exception>
    public static CorpusIndex Load(string path, Tokenizer tokenizer)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: no such file; expected a UTF-8 text to draft from. Correct the path.");
        var bytes = File.ReadAllBytes(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) throw new UserInputException($"{path}: not UTF-8; expected a UTF-8 text. Convert the file.");
        var tokens = tokenizer.Encode(System.Text.Encoding.UTF8.GetString(bytes));
        return tokens.Length > 0 ? new CorpusIndex(tokens) : throw new UserInputException($"{path}: empty; expected a text to draft from. Name another file.");
    }

    /// <summary>
    /// Guesses what follows the sequence from the longest ending of it that the text holds, filling up to the whole target. Of several
    /// occurrences the middle one is taken: in sorted order, most of its neighbours go on as it does.
    /// </summary>
    internal Draft Guess(ReadOnlySpan<int> sequence, Span<int> target)
    {
        var (low, high) = (0, Math.Min(Depth, sequence.Length));
        var best = (First: 0, End: 0);
        while (low < high)
        {
            var length = (low + high + 1) / 2;
            var range = Find(sequence[^length..]);
            if (range.First == range.End) high = length - 1;
            else (low, best) = (length, range);
        }
        if (low < ShortestMatch) return default;
        var start = _suffixes[(best.First + best.End - 1) / 2] + low;
        var count = Math.Min(target.Length, _tokens.Length - start);
        _tokens.AsSpan(start, count).CopyTo(target);
        return new Draft(count, low);
    }

    /// <summary>The suffixes that begin with a pattern.</summary>
    private (int First, int End) Find(ReadOnlySpan<int> pattern)
    {
        var first = Bound(pattern, 0, _suffixes.Length, orEqual: false);
        return (first, Bound(pattern, first, _suffixes.Length, orEqual: true));
    }

    private int Bound(ReadOnlySpan<int> pattern, int low, int high, bool orEqual)
    {
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            var start = _suffixes[middle];
            var order = _tokens.AsSpan(start, Math.Min(pattern.Length, _tokens.Length - start)).SequenceCompareTo(pattern);
            if (order < 0 || (orEqual && order == 0)) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static int[] Sort(int[] tokens)
    {
        var suffixes = Enumerable.Range(0, tokens.Length).ToArray();
        var ranks = Array.ConvertAll(tokens, token => token + 1);
        var keys = new long[tokens.Length];
        for (var length = 1; length < Depth; length *= 2)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                var start = suffixes[i];
                keys[i] = ((long)ranks[start] << 32) | (uint)(start + length < ranks.Length ? ranks[start + length] : 0);
            }
            Array.Sort(keys, suffixes);
            var rank = 0;
            for (var i = 0; i < keys.Length; i++)
            {
                if (i == 0 || keys[i] != keys[i - 1]) rank++;
                ranks[suffixes[i]] = rank;
            }
            if (rank == keys.Length) break;
        }
        return suffixes;
    }
}
