using System.Globalization;
using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>Cuts a template into pieces, with white space trimmed as trim_blocks and lstrip_blocks say.</summary>
internal sealed class TemplateLexer
{
    private const int LongestTemplate = 1 << 20;

    private static readonly string[] Operators =
        ["**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", "<", ">", "=", ".", ":", "|", ","];

    private readonly List<TemplateToken> _tokens = [];
    private readonly string _source;
    private readonly string _place;
    private int _position;
    private int _line = 1;

    public TemplateLexer(string source, string place)
    {
        if (source.Length > LongestTemplate)
            throw TemplateError.At(place, 1, $"the template has {source.Length} characters", $"at most {LongestTemplate}");
        _source = source.Replace("\r\n", "\n").Replace('\r', '\n');
        // Jinja drops one line break at the end of a template.
        if (_source.EndsWith('\n')) _source = _source[..^1];
        _place = place;
    }

    public List<TemplateToken> Read()
    {
        while (_position < _source.Length)
        {
            var open = NextOpening();
            ReadText(open);
            if (open == _source.Length) break;
            switch (_source[open + 1])
            {
                case '#': ReadComment(); break;
                case '%' when RawTag("raw", open) is var begin && begin > 0: ReadRaw(begin); break;
                case '{': ReadTag(TokenKind.OutputBegin, TokenKind.OutputEnd, "}}"); break;
                default: ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd, "%}"); break;
            }
        }
        Add(TokenKind.End, "");
        return _tokens;
    }

    private int NextOpening()
    {
        for (var i = _source.IndexOf('{', _position); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
            if (_source[i + 1] is '{' or '%' or '#') return i;
        return _source.Length;
    }

    private void ReadText(int open)
    {
        var text = _source[_position..open];
        if (open < _source.Length) text = TrimBefore(text, open);
        if (text.Length > 0) Add(TokenKind.Text, text);
        Advance(open);
    }

    private string TrimBefore(string text, int open)
    {
        var mark = open + 2 < _source.Length ? _source[open + 2] : ' ';
        if (mark == '-') return text.TrimEnd();
        if (mark == '+' || _source[open + 1] == '{') return text;
        // lstrip_blocks: what stands before a block on its line is dropped where it is blank.
        var lineStart = text.LastIndexOf('\n') + 1;
        var startsLine = lineStart > 0 || _position == 0 || _source[_position - 1] == '\n';
        return startsLine && string.IsNullOrWhiteSpace(text[lineStart..]) ? text[..lineStart] : text;
    }

    private void ReadComment()
    {
        var end = _source.IndexOf("#}", _position + 2, StringComparison.Ordinal);
        if (end < 0) throw TemplateError.At(_place, _line, "a comment is not closed", "#}");
        var mark = _source[end - 1];
        Advance(end + 2);
        TrimAfter(mark, isBlock: true);
    }

    /// <summary>Text up to the tag endraw, whatever it looks like.</summary>
    private void ReadRaw(int begin)
    {
        var opened = _line;
        Advance(begin);
        TrimAfter(_source[begin - 3], isBlock: true);
        var close = _source.IndexOf("{%", _position, StringComparison.Ordinal);
        while (close >= 0 && RawTag("endraw", close) < 0) close = _source.IndexOf("{%", close + 1, StringComparison.Ordinal);
        if (close < 0) throw TemplateError.At(_place, opened, "a raw block is not closed", "{% endraw %}");
        ReadText(close);
        var end = RawTag("endraw", close);
        Advance(end);
        TrimAfter(_source[end - 3], isBlock: true);
    }

    /// <summary>The index behind a tag that holds this name alone; -1 where another tag stands.</summary>
    private int RawTag(string name, int open)
    {
        var at = open + 2;
        if (at < _source.Length && _source[at] is '-' or '+') at++;
        while (at < _source.Length && char.IsWhiteSpace(_source[at])) at++;
        if (string.CompareOrdinal(_source, at, name, 0, name.Length) != 0) return -1;
        at += name.Length;
        while (at < _source.Length && char.IsWhiteSpace(_source[at])) at++;
        if (at < _source.Length && _source[at] is '-' or '+') at++;
        return string.CompareOrdinal(_source, at, "%}", 0, 2) == 0 ? at + 2 : -1;
    }

    private void ReadTag(TokenKind begin, TokenKind end, string close)
    {
        Add(begin, _source.Substring(_position, 2));
        var opened = _line;
        Advance(_position + 2);
        if (_position < _source.Length && _source[_position] is '-' or '+') Advance(_position + 1);
        var depth = 0;
        while (true)
        {
            SkipSpace();
            if (_position >= _source.Length) throw TemplateError.At(_place, opened, "a tag is not closed", close);
            var mark = _source[_position];
            var signed = mark is '-' or '+' && string.CompareOrdinal(_source, _position + 1, close, 0, 2) == 0;
            if (depth == 0 && (signed || string.CompareOrdinal(_source, _position, close, 0, 2) == 0))
            {
                Add(end, close);
                Advance(_position + (signed ? 3 : 2));
                TrimAfter(signed ? mark : ' ', isBlock: end == TokenKind.BlockEnd);
                return;
            }
            ReadToken();
            depth += _tokens[^1] switch { (TokenKind.Operator, "{", _) => 1, (TokenKind.Operator, "}", _) => -1, _ => 0 };
        }
    }

    private void TrimAfter(char mark, bool isBlock)
    {
        if (mark == '-') SkipSpace();
        else if (isBlock && mark != '+' && _position < _source.Length && _source[_position] == '\n') Advance(_position + 1);
    }

    private void ReadToken()
    {
        var first = _source[_position];
        if (first is '\'' or '"') ReadString(first);
        else if (char.IsAsciiDigit(first)) ReadNumber();
        else if (char.IsLetter(first) || first == '_') ReadName();
        else ReadOperator();
    }

    private void ReadName()
    {
        var end = _position;
        while (end < _source.Length && (char.IsLetterOrDigit(_source[end]) || _source[end] == '_')) end++;
        Add(TokenKind.Name, _source[_position..end]);
        Advance(end);
    }

    private void ReadNumber()
    {
        var end = Digits(_position);
        var kind = TokenKind.Integer;
        if (end + 1 < _source.Length && _source[end] == '.' && char.IsAsciiDigit(_source[end + 1]))
            (end, kind) = (Digits(end + 1), TokenKind.Float);
        if (end < _source.Length && _source[end] is 'e' or 'E')
        {
            var digits = end + (end + 1 < _source.Length && _source[end + 1] is '+' or '-' ? 2 : 1);
            if (digits < _source.Length && char.IsAsciiDigit(_source[digits])) (end, kind) = (Digits(digits), TokenKind.Float);
        }
        Add(kind, _source[_position..end].Replace("_", ""));
        Advance(end);
    }

    private int Digits(int from)
    {
        while (from < _source.Length && (char.IsAsciiDigit(_source[from]) || _source[from] == '_')) from++;
        return from;
    }

    private void ReadOperator()
    {
        foreach (var text in Operators)
        {
            if (string.CompareOrdinal(_source, _position, text, 0, text.Length) != 0) continue;
            Add(TokenKind.Operator, text);
            Advance(_position + text.Length);
            return;
        }
        throw TemplateError.At(_place, _line, $"the character {_source[_position]} stands in a tag", "a name, number, string or operator");
    }

    private void ReadString(char quote)
    {
        var text = new StringBuilder();
        var at = _position + 1;
        while (at < _source.Length && _source[at] != quote)
        {
            if (_source[at] == '\\' && at + 1 < _source.Length) at = ReadEscape(at + 1, text);
            else text.Append(_source[at++]);
        }
        if (at >= _source.Length) throw TemplateError.At(_place, _line, "a string is not closed", quote.ToString());
        Add(TokenKind.String, text.ToString());
        Advance(at + 1);
    }

    private int ReadEscape(int at, StringBuilder text)
    {
        var letter = _source[at];
        if (letter is 'x' or 'u' or 'U') return ReadCodePoint(at, letter switch { 'x' => 2, 'u' => 4, _ => 8 }, text);
        var plain = "abfnrtv\\'\"".IndexOf(letter);
        if (plain >= 0) text.Append("\a\b\f\n\r\t\v\\'\""[plain]);
        else if (letter != '\n') text.Append('\\').Append(letter);
        return at + 1;
    }

    private int ReadCodePoint(int at, int digits, StringBuilder text)
    {
        if (at + digits >= _source.Length || !uint.TryParse(_source.AsSpan(at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var point) || point > 0x10FFFF)
            throw TemplateError.At(_place, _line, $"a string has \\{_source[at]} without {digits} hexadecimal digits of a character", "such as \\u0041");
        text.Append(point <= char.MaxValue ? ((char)point).ToString() : char.ConvertFromUtf32((int)point));
        return at + 1 + digits;
    }

    private void SkipSpace()
    {
        var end = _position;
        while (end < _source.Length && char.IsWhiteSpace(_source[end])) end++;
        Advance(end);
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_position, to - _position).Count('\n');
        _position = to;
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new TemplateToken(kind, text, _line));
}
