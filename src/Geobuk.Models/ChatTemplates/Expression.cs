namespace Geobuk.Models.ChatTemplates;

/// <summary>A part of a template that has a value.</summary>
internal abstract record Expression(int Line)
{
    /// <summary>The value now: null, bool, long, double, string, list, map, function, namespace or undefined.</summary>
    public object? Evaluate(RenderContext context)
    {
        context.Enter(Line);
        var value = Value(context);
        context.Leave();
        return value;
    }

    /// <summary>The value, without counting the step.</summary>
    protected abstract object? Value(RenderContext context);
}
