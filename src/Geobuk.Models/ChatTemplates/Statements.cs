namespace Geobuk.Models.ChatTemplates;

internal sealed record TextStatement(int Line, string Text) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        context.Write(Line, Text);
        return Flow.Next;
    }
}

internal sealed record OutputStatement(int Line, Expression Value) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        context.Write(Line, TemplateValue.Print(context, Line, Value.Evaluate(context)));
        return Flow.Next;
    }
}

internal sealed record LoopControlStatement(int Line, Flow Flow) : Statement(Line)
{
    public override Flow Run(RenderContext context) => Flow;
}

internal sealed record IfStatement(int Line, IReadOnlyList<(Expression Condition, List<Statement> Body)> Branches, IReadOnlyList<Statement> Otherwise) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        foreach (var (condition, body) in Branches)
            if (TemplateValue.IsTrue(condition.Evaluate(context))) return RunAll(body, context);
        return RunAll(Otherwise, context);
    }
}

internal sealed record ForStatement(
    int Line, IReadOnlyList<string> Targets, Expression Sequence, Expression? Filter, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Otherwise) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        var items = TemplateAccess.Items(context, Line, Sequence.Evaluate(context));
        if (Filter is not null) items = Passing(context, items);
        if (items.Count == 0) return RunAll(Otherwise, context);
        var loop = new TemplateLoop(items, Depth(context));
        var scope = context.Push();
        for (; loop.Index < items.Count; loop.Index++)
        {
            context.Step(Line);
            scope.Clear();
            Unpacking.Bind(context, Line, Targets, items[loop.Index]);
            context.Set("loop", loop);
            if (RunAll(Body, context) == Flow.Break) break;
        }
        context.Pop();
        return Flow.Next;
    }

    private static long Depth(RenderContext context) => context.Get("loop") is TemplateLoop outer ? (long)outer.Attribute("depth")! + 1 : 1;

    private List<object?> Passing(RenderContext context, List<object?> items)
    {
        context.ChargeItems(Line, items.Count);
        var scope = context.Push();
        var passing = items.FindAll(item =>
        {
            scope.Clear();
            Unpacking.Bind(context, Line, Targets, item);
            return TemplateValue.IsTrue(Filter!.Evaluate(context));
        });
        context.Pop();
        return passing;
    }
}

internal sealed record SetStatement(int Line, IReadOnlyList<string> Targets, string? Attribute, Expression? Value, IReadOnlyList<Statement>? Body) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        var value = Value is not null ? Value.Evaluate(context) : context.Capture(() => RunInside(context));
        if (Attribute is null) Unpacking.Bind(context, Line, Targets, value);
        else if (context.Get(Targets[0]) is TemplateNamespace space) space.Values[Attribute] = value;
        else throw context.Fail(Line, $"{Targets[0]}.{Attribute} is set", $"{Targets[0]} to be a namespace()");
        return Flow.Next;
    }

    private void RunInside(RenderContext context)
    {
        context.Push();
        RunAll(Body!, context);
        context.Pop();
    }
}

internal sealed record MacroStatement(int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        context.Set(Name, (TemplateFunction)Invoke);
        return Flow.Next;
    }

    private string Invoke(RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Positional.Count > Parameters.Count) throw context.Fail(line, $"{Name} is called with {arguments.Positional.Count} arguments", $"at most {Parameters.Count}");
        if (arguments.Named.Keys.FirstOrDefault(name => Parameters.All(parameter => parameter.Name != name)) is { } unknown)
            throw context.Fail(line, $"{Name} is called with {unknown}", string.Join(", ", Parameters.Select(parameter => parameter.Name)));
        return context.Call(line, () =>
        {
            for (var i = 0; i < Parameters.Count; i++)
            {
                var (name, otherwise) = Parameters[i];
                context.Set(name, arguments.Has(i, name) ? arguments.Get(i, name) : otherwise is null ? new Undefined(name) : otherwise.Evaluate(context));
            }
            RunAll(Body, context);
        });
    }
}

internal sealed record WithStatement(int Line, IReadOnlyList<(string Name, Expression Value)> Values, IReadOnlyList<Statement> Body) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        // All values are those outside of the block.
        var values = Values.Select(entry => entry.Value.Evaluate(context)).ToList();
        context.Push();
        for (var i = 0; i < Values.Count; i++) context.Set(Values[i].Name, values[i]);
        var flow = RunAll(Body, context);
        context.Pop();
        return flow;
    }
}

internal sealed record FilterStatement(int Line, Expression Filtered) : Statement(Line)
{
    public override Flow Run(RenderContext context)
    {
        context.Write(Line, TemplateValue.Print(context, Line, Filtered.Evaluate(context)));
        return Flow.Next;
    }
}

/// <summary>What statements print, as a value.</summary>
internal sealed record BlockExpression(int Line, List<Statement> Body) : Expression(Line)
{
    protected override object? Value(RenderContext context) => context.Capture(() =>
    {
        context.Push();
        foreach (var statement in Body)
            if (statement.Run(context) != Flow.Next) break;
        context.Pop();
    });
}
