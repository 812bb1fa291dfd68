using System.Collections.Frozen;
using System.Globalization;

namespace Geobuk.Corpus.Cleaning;

/// <summary>
/// Canonical composition of a base character and a following mark (kana voicing marks, Latin accents and their like), from the
/// pairs of the Unicode character database. The runtime's own normaliser does nothing without ICU, and would rewrite
/// compatibility ideographs with it; this table holds no ideograph.
/// </summary>
internal static class PairComposition
{
    private static readonly FrozenDictionary<int, char> Pairs = Load();

    /// <summary>The composed character, or null where the pair does not compose.</summary>
    public static char? Compose(char first, char mark) => Pairs.TryGetValue(first << 16 | mark, out var composed) ? composed : null;

    private static FrozenDictionary<int, char> Load()
    {
        using var stream = typeof(PairComposition).Assembly.GetManifestResourceStream("Geobuk.Corpus.Cleaning.compositions.txt")!;
        using var reader = new StreamReader(stream);
        var pairs = new Dictionary<int, char>();
        while (reader.ReadLine() is { } line)
        {
            pairs[Hex(line[..4]) << 16 | Hex(line[5..9])] = (char)Hex(line[10..14]);
        }
        return pairs.ToFrozenDictionary();
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
