namespace Geobuk.Models.ChatTemplates;

/// <summary>A part of a template that does something.</summary>
internal abstract record Statement(int Line)
{
    /// <summary>Does it.</summary>
    public abstract Flow Run(RenderContext context);

    /// <summary>Runs statements until one leaves the loop around them.</summary>
    protected static Flow RunAll(IReadOnlyList<Statement> body, RenderContext context)
    {
        foreach (var statement in body)
        {
            context.Enter(statement.Line);
            var flow = statement.Run(context);
            context.Leave();
            if (flow != Flow.Next) return flow;
        }
        return Flow.Next;
    }
}
