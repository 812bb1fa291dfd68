using System.Runtime.InteropServices;

namespace Geobuk.Corpus.Quality;

/// <summary>Measures <see cref="QualityScores"/> in one pass over the words and lines of a text.</summary>
public static class QualityMeasure
{
    // Repetition shows in the beginning of a long text as well; it is measured there.
    private const int Ring = 5, WordsCompared = 1_000;

    /// <summary>The scores of <paramref name="text"/>.</summary>
    public static QualityScores Of(string text)
    {
        var counts = new Counts();
        foreach (var range in text.AsSpan().Split('\n')) counts.Line(text.AsSpan()[range]);
        return counts.Scores();
    }

    private sealed class Counts
    {
        private readonly HashSet<ulong> _lines = [];
        private readonly HashSet<ulong> _fives = [];
        private readonly Dictionary<ulong, (int Count, int Characters)> _pairs = [];
        private readonly ulong[] _ring = new ulong[Ring];
        private int _lineCount, _bullets, _ellipses, _punctuated, _words, _letterWords, _symbols, _repeatedFives, _lastLength;
        private long _characters, _wordCharacters, _comparedCharacters, _repeated;

        public void Line(ReadOnlySpan<char> line)
        {
            line = line.Trim();
            if (line.Length == 0) return;
            _lineCount++;
            _characters += line.Length;
            if (!_lines.Add(Hash(line))) _repeated += line.Length;
            if (line[0] is '•' or '‣' or '●' or '■' or '□' or '○' or '▪' or '-' or '*' or '·' or 'ㆍ') _bullets++;
            if (line[^1] == '…' || line.EndsWith("...")) _ellipses++;
            if (line[^1] is '.' or '!' or '?' or '。' or '！' or '？' or '"' or '”' or '>' or ')') _punctuated++;
            // Neither can be white space between words.
            _symbols += line.Count('#') + line.Count('…');
            foreach (var word in line.Split(' ')) Word(line[word]);
        }

        public QualityScores Scores()
        {
            var top = _pairs.Values.Where(pair => pair.Count > 1).Select(pair => (double)pair.Count * pair.Characters).DefaultIfEmpty().Max();
            var scores = new QualityScores
            {
                Words = _words,
                MeanWordLength = Share(_wordCharacters, _words),
                LetterWords = Share(_letterWords, _words),
                Symbols = Share(_symbols, _words),
                BulletLines = Share(_bullets, _lineCount),
                EllipsisLines = Share(_ellipses, _lineCount),
                PunctuatedLines = Share(_punctuated, _lineCount),
                LineBreaks = Share(Math.Max(0, _lineCount - 1), _words),
                RepeatedLines = Share(_repeated, _characters),
                TopPair = Share(top, _comparedCharacters),
                RepeatedFives = Share(_repeatedFives, Math.Min(_words, WordsCompared)),
            };
            return scores with { WebFilter = WebFilter(scores) };
        }

        private void Word(ReadOnlySpan<char> word)
        {
            if (word.Length == 0) return;
            _words++;
            _wordCharacters += word.Length;
            if (HasLetter(word)) _letterWords++;
            if (_words > WordsCompared) return;
            _comparedCharacters += word.Length;
            var hash = Hash(word);
            if (_words > 1)
            {
                ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, Join(_ring[(_words - 2) % Ring], hash), out _);
                pair = (pair.Count + 1, _lastLength + word.Length);
            }
            _ring[(_words - 1) % Ring] = hash;
            _lastLength = word.Length;
            if (_words < Ring) return;
            var five = 0UL;
            for (var i = _words; i < _words + Ring; i++) five = Join(five, _ring[i % Ring]);
            if (!_fives.Add(five)) _repeatedFives++;
        }

        private static bool HasLetter(ReadOnlySpan<char> word)
        {
            foreach (var c in word)
                if (char.IsLetter(c)) return true;
            return false;
        }

        // The thresholds of FineWeb-2's kor_Hang configuration.
        private static string? WebFilter(QualityScores scores) => scores switch
        {
            { MeanWordLength: < 1 or > 6 } => "mean_word_length",
            { LetterWords: < 0.791 } => "letter_words",
            { Symbols: > 0.1 } => "symbols",
            { BulletLines: > 0.9 } => "bullet_lines",
            { EllipsisLines: > 0.3 } => "ellipsis_lines",
            { PunctuatedLines: < 0.062 } => "punctuated_lines",
            { LineBreaks: > 0.196 } => "line_breaks",
            { RepeatedLines: > 0.1 } => "repeated_lines",
            { TopPair: > 0.282 } => "top_pair",
            { RepeatedFives: > 0.201 } => "repeated_fives",
            _ => null,
        };

        private static double Share(double part, double whole) => whole == 0 ? 0 : Math.Round(part / whole, 4);

        private static ulong Hash(ReadOnlySpan<char> text)
        {
            unchecked
            {
                var hash = 0xCBF29CE484222325UL;
                foreach (var c in text) hash = (hash ^ c) * 0x9E3779B97F4A7C15UL;
                return hash ^ hash >> 29;
            }
        }

        private static ulong Join(ulong one, ulong other)
        {
            unchecked
            {
                return ((one ^ one >> 32) * 0x9E3779B97F4A7C15UL + other) * 0xBF58476D1CE4E5B9UL;
            }
        }
    }
}
