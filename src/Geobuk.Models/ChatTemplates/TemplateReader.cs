namespace Geobuk.Models.ChatTemplates;

/// <summary>A cursor over the pieces of a template.</summary>
internal sealed class TemplateReader(IReadOnlyList<TemplateToken> tokens, string place)
{
    // Deeper nesting than this is no chat template, and would exhaust the stack.
    private const int DeepestNesting = 64;

    private int _position;
    private int _depth;

    public TemplateToken Current => tokens[_position];

    public TemplateToken Ahead => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public string Place => place;

    public TemplateToken Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _position++;
        return token;
    }

    public bool Is(string text) => Current.Kind is TokenKind.Operator or TokenKind.Name && Current.Text == text;

    public bool TryTake(string text)
    {
        if (!Is(text)) return false;
        _position++;
        return true;
    }

    public void Expect(string text)
    {
        if (!TryTake(text)) throw Unexpected(text);
    }

    public void Expect(TokenKind kind, string text)
    {
        if (Take().Kind != kind) throw TemplateError.At(place, tokens[Math.Max(0, _position - 1)].Line, $"{tokens[Math.Max(0, _position - 1)].Text} stands here", text);
    }

    public string ExpectName()
    {
        if (Current.Kind != TokenKind.Name) throw Unexpected("a name");
        return Take().Text;
    }

    /// <summary>Reads something that may hold itself.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > DeepestNesting) throw TemplateError.At(place, Line, $"the template nests deeper than {DeepestNesting}", "a flatter one");
        var result = read();
        _depth--;
        return result;
    }

    public UserInputException Unexpected(string expected) =>
        TemplateError.At(place, Line, Current.Kind == TokenKind.End ? "the template ends" : $"{Current.Text} stands here", expected);
}
