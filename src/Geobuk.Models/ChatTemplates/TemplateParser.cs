namespace Geobuk.Models.ChatTemplates;

/// <summary>Reads statements; expressions are <see cref="ExpressionParser"/>'s.</summary>
internal sealed class TemplateParser
{
    private readonly TemplateReader _reader;
    private readonly ExpressionParser _expressions;

    public TemplateParser(IReadOnlyList<TemplateToken> tokens, string place)
    {
        _reader = new TemplateReader(tokens, place);
        _expressions = new ExpressionParser(_reader);
    }

    /// <summary>The whole template.</summary>
    public List<Statement> Read()
    {
        var body = ReadBody();
        return _reader.Current.Kind == TokenKind.End ? body : throw TemplateError.At(_reader.Place, _reader.Line, $"{_reader.Ahead.Text} closes or continues nothing", "an if, for, set or macro before it");
    }

    /// <summary>Statements up to the end or to a tag of the enclosing statement, which is left unread.</summary>
    private List<Statement> ReadBody(params string[] closers) => _reader.Nested(() =>
    {
        var body = new List<Statement>();
        while (true)
        {
            var token = _reader.Current;
            switch (token.Kind)
            {
                case TokenKind.Text:
                    body.Add(new TextStatement(token.Line, _reader.Take().Text));
                    break;
                case TokenKind.OutputBegin:
                    _reader.Take();
                    body.Add(new OutputStatement(token.Line, _expressions.ReadTuple()));
                    _reader.Expect(TokenKind.OutputEnd, "}}");
                    break;
                case TokenKind.BlockBegin when !ClosesSomething(_reader.Ahead.Text):
                    body.AddRange(ReadBlock());
                    break;
                case TokenKind.End when closers.Length > 0:
                    throw TemplateError.At(_reader.Place, token.Line, "the template ends", string.Join(" or ", closers));
                default:
                    if (closers.Length > 0 && !closers.Contains(_reader.Ahead.Text)) throw TemplateError.At(_reader.Place, token.Line, $"{_reader.Ahead.Text} stands here", string.Join(" or ", closers));
                    return body;
            }
        }
    });

    private static bool ClosesSomething(string name) => name is "elif" or "else" || name.StartsWith("end", StringComparison.Ordinal);

    private List<Statement> ReadBlock()
    {
        _reader.Take();
        var line = _reader.Line;
        var name = _reader.ExpectName();
        switch (name)
        {
            case "if": return [ReadIf(line)];
            case "for": return [ReadFor(line)];
            case "set": return [ReadSet(line)];
            case "macro": return [ReadMacro(line)];
            case "break" or "continue":
                EndTag();
                return [new LoopControlStatement(line, name == "break" ? Flow.Break : Flow.Continue)];
            // transformers marks the assistant's tokens with it; it prints nothing.
            case "generation":
                EndTag();
                var body = ReadBody("endgeneration");
                CloseTag("endgeneration");
                return body;
            case "with": return [ReadWith(line)];
            case "filter": return [ReadFilter(line)];
            default:
                throw TemplateError.At(_reader.Place, line, $"the tag {name} is not supported", "if, for, set, macro, with, filter, raw, break, continue or generation");
        }
    }

    private IfStatement ReadIf(int line)
    {
        var branches = new List<(Expression Condition, List<Statement> Body)>();
        List<Statement>? otherwise = null;
        do
        {
            var condition = _expressions.ReadTuple();
            EndTag();
            branches.Add((condition, ReadBody("elif", "else", "endif")));
            _reader.Take();
        }
        while (_reader.TryTake("elif"));
        if (_reader.TryTake("else"))
        {
            EndTag();
            otherwise = ReadBody("endif");
            _reader.Take();
        }
        _reader.Expect("endif");
        EndTag();
        return new IfStatement(line, branches, otherwise ?? []);
    }

    private ForStatement ReadFor(int line)
    {
        var targets = ReadTargets();
        _reader.Expect("in");
        // An if after the sequence filters it, so the sequence itself has no inline if.
        var sequence = _expressions.ReadOr();
        var filter = _reader.TryTake("if") ? _expressions.ReadOr() : null;
        if (_reader.Is("recursive")) throw TemplateError.At(_reader.Place, line, "the loop is recursive", "a plain loop");
        EndTag();
        var body = ReadBody("else", "endfor");
        _reader.Take();
        List<Statement> otherwise = [];
        if (_reader.TryTake("else"))
        {
            EndTag();
            otherwise = ReadBody("endfor");
            _reader.Take();
        }
        _reader.Expect("endfor");
        EndTag();
        return new ForStatement(line, targets, sequence, filter, body, otherwise);
    }

    private List<string> ReadTargets()
    {
        var parenthesis = _reader.TryTake("(");
        var targets = new List<string> { _reader.ExpectName() };
        while (_reader.TryTake(",")) targets.Add(_reader.ExpectName());
        if (parenthesis) _reader.Expect(")");
        return targets;
    }

    private SetStatement ReadSet(int line)
    {
        if (_reader.Ahead is { Kind: TokenKind.Operator, Text: "." })
        {
            var space = _reader.ExpectName();
            _reader.Expect(".");
            var attribute = _reader.ExpectName();
            return new SetStatement(line, [space], attribute, ReadAssigned(out var block), block);
        }
        return new SetStatement(line, ReadTargets(), null, ReadAssigned(out var body), body);
    }

    private Expression? ReadAssigned(out List<Statement>? block)
    {
        block = null;
        if (_reader.TryTake("="))
        {
            var value = _expressions.ReadTuple();
            EndTag();
            return value;
        }
        EndTag();
        block = ReadBody("endset");
        CloseTag("endset");
        return null;
    }

    private MacroStatement ReadMacro(int line)
    {
        var name = _reader.ExpectName();
        var parameters = new List<(string Name, Expression? Default)>();
        _reader.Expect("(");
        while (!_reader.TryTake(")"))
        {
            var parameter = _reader.ExpectName();
            parameters.Add((parameter, _reader.TryTake("=") ? _expressions.Read() : null));
            if (!_reader.Is(")")) _reader.Expect(",");
        }
        EndTag();
        var body = ReadBody("endmacro");
        CloseTag("endmacro", allowName: true);
        return new MacroStatement(line, name, parameters, body);
    }

    private WithStatement ReadWith(int line)
    {
        var values = new List<(string Name, Expression Value)>();
        while (_reader.Current.Kind == TokenKind.Name)
        {
            var name = _reader.ExpectName();
            _reader.Expect("=");
            values.Add((name, _expressions.Read()));
            if (!_reader.TryTake(",")) break;
        }
        EndTag();
        var body = ReadBody("endwith");
        CloseTag("endwith");
        return new WithStatement(line, values, body);
    }

    private FilterStatement ReadFilter(int line)
    {
        var block = new BlockExpression(line, []);
        var filtered = _expressions.ReadFilterChain(block);
        EndTag();
        block.Body.AddRange(ReadBody("endfilter"));
        CloseTag("endfilter");
        return new FilterStatement(line, filtered);
    }

    private void CloseTag(string name, bool allowName = false)
    {
        _reader.Take();
        _reader.Expect(name);
        if (allowName && _reader.Current.Kind == TokenKind.Name) _reader.Take();
        EndTag();
    }

    private void EndTag() => _reader.Expect(TokenKind.BlockEnd, "%}");
}
