namespace Geobuk.Models.ChatTemplates;

/// <summary>The variable loop of a running for.</summary>
internal sealed class TemplateLoop(List<object?> items, long depth)
{
    private object? _watched = new Undefined("loop.changed");

    /// <summary>The turn, from 0.</summary>
    public int Index { get; set; }

    /// <summary>loop.name; undefined where there is no such attribute.</summary>
    public object? Attribute(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => (long)(items.Count - Index - 1),
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth,
        "depth0" => depth - 1,
        "previtem" => Index > 0 ? items[Index - 1] : new Undefined("loop.previtem"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new Undefined("loop.nextitem"),
        "cycle" => (TemplateFunction)Cycle,
        "changed" => (TemplateFunction)((context, line, arguments) => Changed(context, line, arguments)),
        _ => new Undefined($"loop.{name}"),
    };

    private object? Cycle(RenderContext context, int line, CallArguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw context.Fail(line, "loop.cycle is given nothing", "at least one value");

    private bool Changed(RenderContext context, int line, CallArguments arguments)
    {
        object? now = arguments.Positional.ToList();
        var changed = !Comparisons.AreEqual(context, line, _watched, now);
        _watched = now;
        return changed;
    }
}
