using System.Collections;
using System.Globalization;
using System.Text;

namespace Geobuk.Models.Tokenization;

/// <summary>
/// Unicode NFC (UAX #15): decompose canonically, order marks by combining class, compose. Own code, because
/// string.Normalize returns its input unchanged where .NET runs without ICU, as this project does.
/// Mind that NFC replaces CJK compatibility ideographs (U+F90A becomes U+91D1): use it only where a tokenizer asks.
/// </summary>
public static class CanonicalComposition
{
    // Hangul syllables are computed: 19 leading consonants, 21 vowels, 27 trailing consonants or none.
    private const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int, int), int> Compositions = [];
    private static readonly Dictionary<int, int> Classes = [];
    private static readonly BitArray MayChange = Load();

    /// <summary>The text in NFC; the same object where nothing changes in sight. Unpaired surrogates become U+FFFD.</summary>
    public static string Compose(string text)
    {
        if (!NeedsWork(text)) return text;
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, points);
        Order(points);
        var output = new StringBuilder(text.Length);
        foreach (var point in Recompose(points)) output.Append(char.ConvertFromUtf32(point));
        return output.ToString();
    }

    private static bool NeedsWork(string text)
    {
        foreach (var unit in text)
            if (unit >= 0xC0 && MayChange[unit]) return true;
        return false;
    }

    private static void Decompose(int point, List<int> output)
    {
        var syllable = point - SyllableBase;
        if (syllable is >= 0 and < SyllableCount)
        {
            output.Add(LeadBase + syllable / (VowelCount * TrailCount));
            output.Add(VowelBase + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount > 0) output.Add(TrailBase + syllable % TrailCount);
        }
        else if (Decompositions.TryGetValue(point, out var parts))
        {
            foreach (var part in parts) Decompose(part, output);
        }
        else
        {
            output.Add(point);
        }
    }

    /// <summary>Sorts each run of marks by combining class; equal classes keep their order.</summary>
    private static void Order(List<int> points)
    {
        for (var start = 0; start < points.Count; start++)
        {
            if (Class(points[start]) == 0) continue;
            var end = start;
            while (end < points.Count && Class(points[end]) != 0) end++;
            var sorted = points.GetRange(start, end - start).OrderBy(Class).ToList();
            for (var i = 0; i < sorted.Count; i++) points[start + i] = sorted[i];
            start = end;
        }
    }

    private static List<int> Recompose(List<int> points)
    {
        var output = new List<int>(points.Count);
        var (starter, lastClass) = (-1, 0);
        foreach (var point in points)
        {
            var mark = Class(point);
            // A mark is blocked from the starter by one of its own or a higher class between them.
            var blocked = starter < 0 || (starter < output.Count - 1 && (lastClass >= mark || lastClass == 0));
            if (!blocked && Pair(output[starter], point) is { } composed)
            {
                output[starter] = composed;
                continue;
            }
            if (mark == 0) starter = output.Count;
            lastClass = mark;
            output.Add(point);
        }
        return output;
    }

    private static int? Pair(int first, int second)
    {
        var (lead, vowel) = (first - LeadBase, second - VowelBase);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount) return SyllableBase + (lead * VowelCount + vowel) * TrailCount;
        var (syllable, trail) = (first - SyllableBase, second - TrailBase);
        if (syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount) return first + trail;
        return Compositions.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int Class(int point) => Classes.GetValueOrDefault(point);

    private static BitArray Load()
    {
        var marked = new BitArray(char.MaxValue + 1);
        using var stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line[0] is '=' or '>') LoadMapping(line, marked);
            else if (line[0] == 'c') LoadClass(line, marked);
        }
        for (var vowel = 0; vowel < VowelCount; vowel++) marked[VowelBase + vowel] = true;
        for (var trail = 1; trail < TrailCount; trail++) marked[TrailBase + trail] = true;
        // Astral characters take the slow path: few, and some of them change.
        for (var high = 0xD800; high < 0xDC00; high++) marked[high] = true;
        return marked;
    }

    private static void LoadMapping(string line, BitArray marked)
    {
        var points = line[1..].Split(' ').Select(Hex).ToArray();
        Decompositions[points[0]] = points[1..];
        if (line[0] == '=')
        {
            Compositions[(points[1], points[2])] = points[0];
            if (points[2] <= char.MaxValue) marked[points[2]] = true;
        }
        else if (points[0] <= char.MaxValue)
        {
            marked[points[0]] = true;
        }
    }

    private static void LoadClass(string line, BitArray marked)
    {
        var parts = line[1..].Split(' ');
        foreach (var range in parts[1..])
        {
            var ends = range.Split('-');
            for (var point = Hex(ends[0]); point <= Hex(ends[^1]); point++)
            {
                Classes[point] = int.Parse(parts[0], CultureInfo.InvariantCulture);
                if (point <= char.MaxValue) marked[point] = true;
            }
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
