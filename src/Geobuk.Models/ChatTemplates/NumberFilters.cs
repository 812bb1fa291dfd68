namespace Geobuk.Models.ChatTemplates;

/// <summary>The filters that compute.</summary>
internal static class NumberFilters
{
    private const int MostDigits = 15;

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Filters.Filter> All { get; } = new Dictionary<string, Filters.Filter>
    {
        ["round"] = Round,
        ["sum"] = Sum,
    };

    /// <summary>Python's round: halves to the even neighbour; ceil and floor as they say.</summary>
    private static object? Round(object? value, RenderContext context, int line, CallArguments arguments)
    {
        if (arguments.Get(0, "precision", 0L) is not (>= 0L and <= MostDigits and long digits)) throw context.Fail(line, "round has no usable precision", $"0 to {MostDigits}");
        var number = TemplateValue.Number(value) ?? throw context.Fail(line, $"round is asked of {TemplateValue.Describe(value)}", "a number");
        var scale = Math.Pow(10, digits);
        return arguments.Get(1, "method", "common") switch
        {
            "common" => value is long ? value : Math.Round(number, (int)digits, MidpointRounding.ToEven),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            var method => throw context.Fail(line, $"round is given the method {TemplateValue.Print(context, line, method)}", "common, ceil or floor"),
        };
    }

    private static object? Sum(object? value, RenderContext context, int line, CallArguments arguments)
    {
        var sum = arguments.Get(1, "start", 0L);
        foreach (var item in ListFilters.Attributes(value, context, line, arguments.Get(0, "attribute")))
        {
            context.Step(line);
            sum = Arithmetic.Apply(context, line, "+", sum, item);
        }
        return sum;
    }
}
