namespace Geobuk.Models.ChatTemplates;

/// <summary>The functions that templates may call without defining them. strftime_now is there only where the caller names a moment: <see cref="TemplateClock"/>.</summary>
internal static class Functions
{
    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, TemplateFunction> All { get; } = new Dictionary<string, TemplateFunction>
    {
        ["range"] = Range,
        ["namespace"] = Namespace,
        ["dict"] = Dict,
        ["raise_exception"] = (context, line, arguments) =>
            throw context.Fail(line, $"the template refuses the chat: {TemplateValue.Print(context, line, arguments.Get(0, "message", ""))}", "a chat as this model takes it"),
    };

    private static List<object?> Range(RenderContext context, int line, CallArguments arguments)
    {
        var bounds = arguments.Positional.Select(value => value as long? ?? throw context.Fail(line, $"range is given {TemplateValue.Describe(value)}", "whole numbers")).ToList();
        var (start, end, step) = bounds.Count switch
        {
            1 => (0, bounds[0], 1L),
            2 => (bounds[0], bounds[1], 1L),
            3 => (bounds[0], bounds[1], bounds[2]),
            _ => throw context.Fail(line, $"range is given {bounds.Count} arguments", "one to three"),
        };
        if (step == 0) throw context.Fail(line, "the step of range is 0", "another step");
        var distance = step > 0 ? (Int128)end - start : (Int128)start - end;
        var stride = Int128.Abs(step);
        var whole = (int)Int128.Clamp((distance + stride - 1) / stride, 0, int.MaxValue);
        context.ChargeItems(line, whole);
        var items = new List<object?>(whole);
        for (var i = 0L; i < whole; i++) items.Add(start + i * step);
        return items;
    }

    private static TemplateNamespace Namespace(RenderContext context, int line, CallArguments arguments)
    {
        var space = new TemplateNamespace();
        if (arguments.Get(0, "") is OrderedDictionary<string, object?> map)
        {
            context.ChargeItems(line, map.Count);
            foreach (var (name, value) in map) space.Values[name] = value;
        }
        context.ChargeItems(line, arguments.Named.Count + 4L);
        foreach (var (name, value) in arguments.Named) space.Values[name] = value;
        return space;
    }

    private static OrderedDictionary<string, object?> Dict(RenderContext context, int line, CallArguments arguments)
    {
        var source = arguments.Get(0, "") as OrderedDictionary<string, object?> ?? [];
        context.ChargeItems(line, source.Count + arguments.Named.Count + 4L);
        var map = new OrderedDictionary<string, object?>(source);
        foreach (var (name, value) in arguments.Named) map[name] = value;
        return map;
    }
}
