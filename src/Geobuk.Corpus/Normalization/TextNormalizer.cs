using System.Buffers;
using Geobuk.Models.Tokenization;

namespace Geobuk.Corpus.Normalization;

/// <summary>
/// Safe normalisation of Korean text, one pass. Line ends become LF; control characters, byte order marks and lone surrogates go;
/// spaces and tabs at line ends go; more than one blank line in a row becomes one; decomposed modern Hangul, kana and Latin
/// are composed. Everything else stays as written: hanja (compatibility ideographs too, which NFC would replace), full-width
/// forms, circled numbers, units, middle dots, old Hangul, all of which NFKC would destroy. Normalising twice changes nothing more.
/// </summary>
public static class TextNormalizer
{
    /// <summary>Normalises <paramref name="text"/> and counts what changed.</summary>
    public static NormalizedText Normalize(string text)
    {
        if (IsPlain(text)) return new NormalizedText(text, default);
        var once = RunPass(text);
        // A removed control may have stood between two jamo, which meet only now.
        if (once.Counts.Controls == 0) return once;
        var twice = RunPass(once.Text);
        return new NormalizedText(twice.Text, once.Counts + twice.Counts);
    }

    /// <summary>One line of characters to which nothing can happen, as most blocks of a document are.</summary>
    private static bool IsPlain(string text)
    {
        if (text.Length > 0 && text[^1] == ' ') return false;
        foreach (var c in text.AsSpan(PlainRun.Length(text)))
        {
            var plain = c is (>= ' ' and < '\u007F') or (>= '\uAC00' and <= '\uD7A3') or (>= '\u4E00' and <= '\u9FFF') or (>= '\u3008' and <= '\u3011') or (>= '\u2460' and <= '\u2473') or '\u318D' or '\u00B7' or '\u201C' or '\u201D';
            if (!plain) return false;
        }
        return true;
    }

    private static NormalizedText RunPass(string text)
    {
        var buffer = ArrayPool<char>.Shared.Rent(text.Length + 1);
        try
        {
            var pass = new Pass(text, buffer);
            pass.Run();
            return new NormalizedText(pass.Result(text), pass.Counts);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    private ref struct Pass(string text, Span<char> output)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private readonly Span<char> _output = output;
        private int _length;
        private long _lineEndings, _controls, _trailing, _blank, _composed;

        public readonly NormalizationCounts Counts => new(_lineEndings, _controls, _trailing, _blank, _composed);

        public void Run()
        {
            for (var i = 0; i < _text.Length;) i += Plain(i) is > 0 and var plain ? plain : Step(i);
            TrimSpaces();
            while (_length > 0 && _output[_length - 1] == '\n') _length--;
        }

        public readonly string Result(string text) => _length == text.Length && Counts == default ? text : _output[.._length].ToString();

        // Copies the characters ahead to which nothing can happen: printable ASCII and syllables, but for the last, which may meet a final.
        private int Plain(int i)
        {
            var count = PlainRun.Length(_text[i..]) - 1;
            if (count <= 0) return 0;
            _text.Slice(i, count).CopyTo(_output[_length..]);
            _length += count;
            return count;
        }

        private int Step(int i)
        {
            var c = _text[i];
            if (c is >= ' ' and < '\u007F')
            {
                _output[_length++] = c;
                return 1;
            }
            if (c < '\u00A0') return Control(c, i);
            if (c is '\u2028' or '\u2029') return LineEnd(1, true);
            if (c >= '\uD800' && !IsPlainHigh(c)) return Surrogate(c, i);
            return Letter(c, i);
        }

        private static bool IsPlainHigh(char c) => c > '\uDFFF' && c is not ('\uFEFF' or '\uFFFE' or '\uFFFF');

        private int Control(char c, int i)
        {
            switch (c)
            {
                case '\n': return LineEnd(1, false);
                case '\r': return LineEnd(i + 1 < _text.Length && _text[i + 1] == '\n' ? 2 : 1, true);
                case '\u0085' or '\f' or '\v': return LineEnd(1, true);
                case '\t':
                    _output[_length++] = c;
                    return 1;
                default:
                    _controls++;
                    return 1;
            }
        }

        private int LineEnd(int consumed, bool changed)
        {
            if (changed) _lineEndings++;
            TrimSpaces();
            var start = _length == 0;
            var second = _length >= 2 && _output[_length - 1] == '\n' && _output[_length - 2] == '\n';
            if (start || second) _blank++;
            else _output[_length++] = '\n';
            return consumed;
        }

        private int Surrogate(char c, int i)
        {
            if (char.IsHighSurrogate(c) && i + 1 < _text.Length && char.IsLowSurrogate(_text[i + 1]))
            {
                _output[_length++] = c;
                _output[_length++] = _text[i + 1];
                return 2;
            }
            _controls++;
            return 1;
        }

        private int Letter(char c, int i)
        {
            if (c is (>= '\u1100' and <= '\u1112') or (>= '\uAC00' and <= '\uD7A3'))
            {
                var consumed = HangulComposition.TryCompose(_text, i, out var syllable);
                if (consumed > 0)
                {
                    _composed++;
                    _output[_length++] = syllable;
                    return consumed;
                }
            }
            else if (IsMark(c) && _length > 0 && !char.IsSurrogate(_output[_length - 1]) && !IsCompatibilityIdeograph(_output[_length - 1]))
            {
                return Marks(i);
            }
            _output[_length++] = c;
            return 1;
        }

        // A base character and the marks after it, as NFC writes them.
        private int Marks(int i)
        {
            var end = i + 1;
            while (end < _text.Length && IsMark(_text[end])) end++;
            var marks = _text[i..end];
            var written = string.Concat(_output.Slice(_length - 1, 1), marks);
            var composed = CanonicalComposition.Compose(written);
            if (composed == written || composed.Length > written.Length)
            {
                marks.CopyTo(_output[_length..]);
                _length += marks.Length;
            }
            else
            {
                _composed++;
                composed.CopyTo(_output[(_length - 1)..]);
                _length += composed.Length - 1;
            }
            return marks.Length;
        }

        // Every mark that composes lies here; the ranges of Hangul and hanja are passed by at once.
        private static bool IsMark(char c) => c is (>= '\u0300' and <= '\u036F') or (>= '\u0590' and < '\u1100') or (>= '\u1B00' and < '\u1C00') or '\u3099' or '\u309A';

        private static bool IsCompatibilityIdeograph(char c) => c is >= '\uF900' and <= '\uFAFF';

        private void TrimSpaces()
        {
            while (_length > 0 && _output[_length - 1] is ' ' or '\t')
            {
                _length--;
                _trailing++;
            }
        }
    }
}
