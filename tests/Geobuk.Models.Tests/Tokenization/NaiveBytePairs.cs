using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Geobuk.Models.Tokenization;

namespace Geobuk.Models.Tests.Tokenization;

/// <summary>BPE as one would write it on a board: the GPT-2 expression over code points, then rank after rank.</summary>
internal sealed class NaiveBytePairs(Dictionary<string, int> ids, Dictionary<(string, string), int> ranks)
{
    public static NaiveBytePairs Load(string folder)
    {
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "tokenizer.json")))!["model"]!;
        var ids = model["vocab"]!.AsObject().ToDictionary(entry => entry.Key, entry => (int)entry.Value!);
        var ranks = model["merges"]!.AsArray().Select((pair, rank) => (Pair: ((string)pair![0]!, (string)pair[1]!), rank)).ToDictionary(entry => entry.Pair, entry => entry.rank);
        return new NaiveBytePairs(ids, ranks);
    }

    public int[] Encode(string text) => [.. CodePointWords(text).SelectMany(Word)];

    private IEnumerable<int> Word(string word)
    {
        var parts = SampleTokenizer.Utf8(word).Select(value => ByteAlphabet.ToCharacter(value).ToString()).ToList();
        while (true)
        {
            var best = Enumerable.Range(0, parts.Count - 1).Where(i => ranks.ContainsKey((parts[i], parts[i + 1]))).OrderBy(i => ranks[(parts[i], parts[i + 1])]).ThenBy(i => i).Select(i => (int?)i).FirstOrDefault();
            if (best is not { } at) return parts.Select(part => ids[part]);
            parts[at] += parts[at + 1];
            parts.RemoveAt(at + 1);
        }
    }

    /// <summary>Splits a stand-in of the text in which a letter is a, a number is 1 and so on, one unit per code point.</summary>
    public static IEnumerable<string> CodePointWords(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        var standIn = string.Concat(runes.Select(rune => rune.Value switch
        {
            '\'' or ' ' => (char)rune.Value,
            's' or 't' or 'r' or 'e' or 'v' or 'm' or 'l' or 'd' => (char)rune.Value,
            _ when System.Text.Rune.IsWhiteSpace(rune) => '\n',
            _ when System.Text.Rune.IsLetter(rune) => 'a',
            _ when System.Text.Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.DecimalDigitNumber or System.Globalization.UnicodeCategory.LetterNumber or System.Globalization.UnicodeCategory.OtherNumber => '1',
            _ => '.',
        }));
        foreach (Match match in Regex.Matches(standIn, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"))
            yield return string.Concat(runes.Skip(match.Index).Take(match.Length).Select(rune => rune.ToString()));
    }
}
