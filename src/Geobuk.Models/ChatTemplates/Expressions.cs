namespace Geobuk.Models.ChatTemplates;

internal sealed record LiteralExpression(int Line, object? Constant) : Expression(Line)
{
    protected override object? Value(RenderContext context) => Constant;
}

internal sealed record NameExpression(int Line, string Name) : Expression(Line)
{
    protected override object? Value(RenderContext context) => context.Get(Name);
}

internal sealed record ListExpression(int Line, IReadOnlyList<Expression> Items, bool IsTuple = false) : Expression(Line)
{
    protected override object? Value(RenderContext context)
    {
        context.ChargeItems(Line, Items.Count + 2L);
        var items = new List<object?>(Items.Count);
        foreach (var item in Items) items.Add(item.Evaluate(context));
        return IsTuple ? new TemplateTuple(items) : items;
    }
}

internal sealed record MapExpression(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line)
{
    protected override object? Value(RenderContext context)
    {
        context.ChargeItems(Line, 2L * Entries.Count + 4);
        var map = new OrderedDictionary<string, object?>();
        foreach (var (key, value) in Entries)
            map[key.Evaluate(context) as string ?? throw context.Fail(Line, "a key of a map is not text", "text")] = value.Evaluate(context);
        return map;
    }
}

internal sealed record ConditionalExpression(int Line, Expression Condition, Expression Then, Expression? Otherwise) : Expression(Line)
{
    protected override object? Value(RenderContext context) =>
        TemplateValue.IsTrue(Condition.Evaluate(context)) ? Then.Evaluate(context) : Otherwise is null ? new Undefined("the missing else") : Otherwise.Evaluate(context);
}

internal sealed record LogicExpression(int Line, Expression Left, Expression Right, bool IsOr) : Expression(Line)
{
    protected override object? Value(RenderContext context)
    {
        var left = Left.Evaluate(context);
        return TemplateValue.IsTrue(left) == IsOr ? left : Right.Evaluate(context);
    }
}

internal sealed record NotExpression(int Line, Expression Operand) : Expression(Line)
{
    protected override object? Value(RenderContext context) => !TemplateValue.IsTrue(Operand.Evaluate(context));
}

internal sealed record NegationExpression(int Line, Expression Operand) : Expression(Line)
{
    protected override object? Value(RenderContext context) => Arithmetic.Apply(context, Line, "-", 0L, Operand.Evaluate(context));
}

internal sealed record BinaryExpression(int Line, string Operator, Expression Left, Expression Right) : Expression(Line)
{
    protected override object? Value(RenderContext context) => Arithmetic.Apply(context, Line, Operator, Left.Evaluate(context), Right.Evaluate(context));
}

internal sealed record ComparisonExpression(int Line, Expression First, IReadOnlyList<(string Operator, Expression Right)> Rest) : Expression(Line)
{
    protected override object? Value(RenderContext context)
    {
        var left = First.Evaluate(context);
        foreach (var (comparison, operand) in Rest)
        {
            var right = operand.Evaluate(context);
            if (!Comparisons.Holds(context, Line, comparison, left, right)) return false;
            left = right;
        }
        return true;
    }
}

internal sealed record AttributeExpression(int Line, Expression Target, string Name) : Expression(Line)
{
    protected override object? Value(RenderContext context) => TemplateAccess.Attribute(context, Line, Target.Evaluate(context), Name);
}

internal sealed record SubscriptExpression(int Line, Expression Target, Expression Index) : Expression(Line)
{
    protected override object? Value(RenderContext context) => TemplateAccess.Subscript(context, Line, Target.Evaluate(context), Index.Evaluate(context));
}

internal sealed record SliceExpression(int Line, Expression Target, Expression? Start, Expression? End, Expression? Step) : Expression(Line)
{
    protected override object? Value(RenderContext context) =>
        TemplateAccess.Slice(context, Line, Target.Evaluate(context), Start?.Evaluate(context), End?.Evaluate(context), Step?.Evaluate(context));
}

internal sealed record CallExpression(int Line, Expression Target, ArgumentList Arguments) : Expression(Line)
{
    protected override object? Value(RenderContext context) => Target.Evaluate(context) switch
    {
        TemplateFunction function => function(context, Line, Arguments.Evaluate(context)),
        Undefined undefined => throw context.Fail(Line, $"{undefined.Name} is called but not defined", "a function of the template or of the supported subset"),
        var other => throw context.Fail(Line, $"{TemplateValue.Describe(other)} is called", "a function"),
    };
}

internal sealed record FilterExpression(int Line, Expression Target, string Name, ArgumentList Arguments) : Expression(Line)
{
    protected override object? Value(RenderContext context) => Filters.Apply(context, Line, Name, Target.Evaluate(context), Arguments.Evaluate(context));
}

internal sealed record TestExpression(int Line, Expression Target, string Name, ArgumentList Arguments) : Expression(Line)
{
    protected override object? Value(RenderContext context) => ValueTests.Holds(context, Line, Name, Target.Evaluate(context), Arguments.Evaluate(context));
}
