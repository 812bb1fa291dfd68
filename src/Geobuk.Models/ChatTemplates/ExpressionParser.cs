using System.Globalization;
using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>Reads expressions by recursive descent, with Jinja's precedence.</summary>
internal sealed class ExpressionParser(TemplateReader reader)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", ">", "<=", ">="];

    /// <summary>An expression with an optional inline if.</summary>
    public Expression Read() => reader.Nested(() =>
    {
        var value = ReadOr();
        while (reader.Is("if"))
        {
            var line = reader.Take().Line;
            var condition = ReadOr();
            value = new ConditionalExpression(line, condition, value, reader.TryTake("else") ? Read() : null);
        }
        return value;
    });

    /// <summary>An expression without an inline if, as the sequence of a loop has it.</summary>
    public Expression ReadOr()
    {
        var left = ReadAnd();
        while (reader.Is("or")) left = new LogicExpression(reader.Take().Line, left, ReadAnd(), IsOr: true);
        return left;
    }

    /// <summary>Expressions between commas; a list where there is a comma.</summary>
    public Expression ReadTuple()
    {
        var line = reader.Line;
        var first = Read();
        if (!reader.Is(",")) return first;
        var items = new List<Expression> { first };
        while (reader.TryTake(",") && !EndsTuple()) items.Add(Read());
        return new ListExpression(line, items, IsTuple: true);
    }

    private bool EndsTuple() => reader.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd || reader.Is(")");

    private Expression ReadAnd()
    {
        var left = ReadNot();
        while (reader.Is("and")) left = new LogicExpression(reader.Take().Line, left, ReadNot(), IsOr: false);
        return left;
    }

    private Expression ReadNot() => reader.Is("not")
        ? reader.Nested(() => (Expression)new NotExpression(reader.Take().Line, ReadNot()))
        : ReadComparison();

    private Expression ReadComparison()
    {
        var first = ReadSum();
        var rest = new List<(string Operator, Expression Right)>();
        var line = reader.Line;
        while (true)
        {
            if (reader.Current.Kind == TokenKind.Operator && Comparisons.Contains(reader.Current.Text)) rest.Add((reader.Take().Text, ReadSum()));
            else if (reader.TryTake("in")) rest.Add(("in", ReadSum()));
            else if (reader.Is("not") && reader.Ahead is { Kind: TokenKind.Name, Text: "in" })
            {
                reader.Take();
                reader.Take();
                rest.Add(("not in", ReadSum()));
            }
            else return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
        }
    }

    private Expression ReadSum() => ReadBinary(ReadConcatenation, "+", "-");

    private Expression ReadConcatenation() => ReadBinary(ReadProduct, "~");

    private Expression ReadProduct() => ReadBinary(ReadPower, "*", "/", "//", "%");

    private Expression ReadPower() => ReadBinary(() => ReadUnary(withFilters: true), "**");

    private Expression ReadBinary(Func<Expression> operand, params string[] operators)
    {
        var left = operand();
        while (reader.Current.Kind == TokenKind.Operator && operators.Contains(reader.Current.Text))
        {
            var (_, text, line) = reader.Take();
            left = new BinaryExpression(line, text, left, operand());
        }
        return left;
    }

    private Expression ReadUnary(bool withFilters)
    {
        var line = reader.Line;
        Expression value;
        if (reader.TryTake("-")) value = new NegationExpression(line, reader.Nested(() => ReadUnary(withFilters: false)));
        else if (reader.TryTake("+")) value = reader.Nested(() => ReadUnary(withFilters: false));
        else value = ReadPostfix(ReadPrimary());
        return withFilters ? ReadFilters(value) : value;
    }

    /// <summary>Filters one after the other on what a block prints, as the tag filter has them.</summary>
    public Expression ReadFilterChain(Expression value)
    {
        do value = ReadFilter(value);
        while (reader.TryTake("|"));
        return value;
    }

    private Expression ReadFilters(Expression value)
    {
        while (true)
        {
            if (reader.TryTake("|")) value = ReadFilter(value);
            else if (reader.Is("is")) value = ReadTest(value);
            else if (reader.Is("(")) value = new CallExpression(reader.Line, value, ReadArguments());
            else return value;
        }
    }

    private FilterExpression ReadFilter(Expression value)
    {
        var line = reader.Line;
        var name = reader.ExpectName();
        if (!Filters.Exists(name)) throw TemplateError.At(reader.Place, line, $"the filter {name} is not known", $"one of {Filters.Names}");
        return new FilterExpression(line, value, name, reader.Is("(") ? ReadArguments() : ArgumentList.None);
    }

    private Expression ReadTest(Expression value)
    {
        var line = reader.Take().Line;
        var negated = reader.TryTake("not");
        var name = reader.Current.Kind == TokenKind.Operator ? reader.Take().Text : reader.ExpectName();
        if (!ValueTests.Exists(name)) throw TemplateError.At(reader.Place, line, $"the test {name} is not known", $"one of {ValueTests.Names}");
        var arguments = ArgumentList.None;
        if (reader.Is("(")) arguments = ReadArguments();
        else if (StartsOperand()) arguments = new ArgumentList([ReadPostfix(ReadPrimary())], []);
        Expression test = new TestExpression(line, value, name, arguments);
        return negated ? new NotExpression(line, test) : test;
    }

    private bool StartsOperand() => reader.Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
        || reader.Is("[") || reader.Is("{")
        || (reader.Current.Kind == TokenKind.Name && reader.Current.Text is not ("else" or "or" or "and" or "if" or "is" or "in" or "not"));

    private Expression ReadPostfix(Expression value)
    {
        while (true)
        {
            var line = reader.Line;
            if (reader.TryTake(".")) value = reader.Current.Kind == TokenKind.Integer ? new SubscriptExpression(line, value, ReadPrimary()) : new AttributeExpression(line, value, reader.ExpectName());
            else if (reader.TryTake("[")) value = ReadSubscript(value, line);
            else if (reader.Is("(")) value = new CallExpression(line, value, ReadArguments());
            else return value;
        }
    }

    private Expression ReadSubscript(Expression value, int line)
    {
        var first = reader.Is(":") ? null : Read();
        if (reader.TryTake("]")) return new SubscriptExpression(line, value, first!);
        reader.Expect(":");
        var end = reader.Is(":") || reader.Is("]") ? null : Read();
        var step = reader.TryTake(":") && !reader.Is("]") ? Read() : null;
        reader.Expect("]");
        return new SliceExpression(line, value, first, end, step);
    }

    private ArgumentList ReadArguments() => reader.Nested(() =>
    {
        reader.Expect("(");
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        while (!reader.TryTake(")"))
        {
            if (reader.Current.Kind == TokenKind.Name && reader.Ahead is { Kind: TokenKind.Operator, Text: "=" })
            {
                var (line, name) = (reader.Line, reader.ExpectName());
                if (named.Exists(argument => argument.Name == name)) throw TemplateError.At(reader.Place, line, $"the argument {name} is given twice", "every argument once");
                reader.Expect("=");
                named.Add((name, Read()));
            }
            else
            {
                positional.Add(Read());
            }
            if (!reader.Is(")")) reader.Expect(",");
        }
        return new ArgumentList(positional, named);
    });

    private Expression ReadPrimary()
    {
        var token = reader.Current;
        switch (token.Kind)
        {
            case TokenKind.String: return ReadStrings();
            case TokenKind.Integer: return Constant(long.TryParse(reader.Take().Text, CultureInfo.InvariantCulture, out var whole) ? whole : throw TemplateError.At(reader.Place, token.Line, $"the number is {token.Text}", "one of 64 bits"));
            case TokenKind.Float: return Constant(double.Parse(reader.Take().Text, CultureInfo.InvariantCulture));
            case TokenKind.Name: return ReadName();
            case TokenKind.Operator when reader.TryTake("("): return ReadParenthesis();
            case TokenKind.Operator when reader.TryTake("["): return new ListExpression(token.Line, ReadItems("]"));
            case TokenKind.Operator when reader.TryTake("{"): return ReadMap(token.Line);
            default: throw reader.Unexpected("a value");
        }
        LiteralExpression Constant(object value) => new(token.Line, value);
    }

    // Adjacent strings are one string.
    private LiteralExpression ReadStrings()
    {
        var line = reader.Line;
        var text = new StringBuilder();
        while (reader.Current.Kind == TokenKind.String) text.Append(reader.Take().Text);
        return new LiteralExpression(line, text.ToString());
    }

    private Expression ReadName()
    {
        var (_, name, line) = reader.Take();
        return name switch
        {
            "true" or "True" => new LiteralExpression(line, true),
            "false" or "False" => new LiteralExpression(line, false),
            "none" or "None" => new LiteralExpression(line, null),
            _ => new NameExpression(line, name),
        };
    }

    private Expression ReadParenthesis()
    {
        if (reader.Is(")")) return new ListExpression(reader.Take().Line, [], IsTuple: true);
        var value = reader.Nested(ReadTuple);
        reader.Expect(")");
        return value;
    }

    private List<Expression> ReadItems(string close)
    {
        var items = new List<Expression>();
        while (!reader.TryTake(close))
        {
            items.Add(Read());
            if (!reader.Is(close)) reader.Expect(",");
        }
        return items;
    }

    private MapExpression ReadMap(int line)
    {
        var entries = new List<(Expression, Expression)>();
        while (!reader.TryTake("}"))
        {
            var key = Read();
            reader.Expect(":");
            entries.Add((key, Read()));
            if (!reader.Is("}")) reader.Expect(",");
        }
        return new MapExpression(line, entries);
    }
}
