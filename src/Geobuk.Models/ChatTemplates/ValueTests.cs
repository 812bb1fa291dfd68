namespace Geobuk.Models.ChatTemplates;

/// <summary>What may follow "is".</summary>
internal static class ValueTests
{
    private delegate bool Test(object? value, RenderContext context, int line, CallArguments arguments);

    private static readonly Dictionary<string, Test> All = new()
    {
        ["defined"] = (value, _, _, _) => value is not Undefined,
        ["undefined"] = (value, _, _, _) => value is Undefined,
        ["none"] = (value, _, _, _) => value is null,
        ["string"] = (value, _, _, _) => value is string,
        ["number"] = (value, _, _, _) => value is long or double or bool,
        ["integer"] = (value, _, _, _) => value is long,
        ["float"] = (value, _, _, _) => value is double,
        ["boolean"] = (value, _, _, _) => value is bool,
        ["true"] = (value, _, _, _) => value is true,
        ["false"] = (value, _, _, _) => value is false,
        ["mapping"] = (value, _, _, _) => value is OrderedDictionary<string, object?>,
        ["sequence"] = (value, _, _, _) => value is List<object?> or string or OrderedDictionary<string, object?>,
        ["iterable"] = (value, _, _, _) => value is List<object?> or string or OrderedDictionary<string, object?> or Undefined,
        ["callable"] = (value, _, _, _) => value is TemplateFunction or Undefined,
        ["upper"] = (value, _, _, _) => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsLower),
        ["lower"] = (value, _, _, _) => value is string text && text.Any(char.IsLetter) && !text.Any(char.IsUpper),
        ["odd"] = (value, _, _, _) => value is long whole && whole % 2 != 0,
        ["even"] = (value, _, _, _) => value is long whole && whole % 2 == 0,
        ["divisibleby"] = (value, _, _, arguments) => value is long whole && arguments.Get(0, "num") is long and not 0 and var by && (by == -1 || whole % by == 0),
        ["in"] = (value, context, line, arguments) => Comparisons.Holds(context, line, "in", value, arguments.Get(0, "seq")),
        ["sameas"] = (value, _, _, arguments) => value is bool or null ? Equals(value, arguments.Get(0, "other")) : ReferenceEquals(value, arguments.Get(0, "other")),
    };

    private static readonly Dictionary<string, string> Operators = new()
    {
        ["equalto"] = "==",
        ["eq"] = "==",
        ["=="] = "==",
        ["ne"] = "!=",
        ["!="] = "!=",
        ["lt"] = "<",
        ["lessthan"] = "<",
        ["<"] = "<",
        ["gt"] = ">",
        ["greaterthan"] = ">",
        [">"] = ">",
        ["le"] = "<=",
        ["<="] = "<=",
        ["ge"] = ">=",
        [">="] = ">=",
    };

    /// <summary>Every test, for errors.</summary>
    public static string Names { get; } = string.Join(", ", All.Keys.Concat(Operators.Keys).Order(StringComparer.Ordinal));

    /// <summary>Whether there is such a test.</summary>
    public static bool Exists(string name) => All.ContainsKey(name) || Operators.ContainsKey(name);

    /// <summary>Whether the value passes.</summary>
    public static bool Holds(RenderContext context, int line, string name, object? value, CallArguments arguments) =>
        Operators.TryGetValue(name, out var comparison)
            ? Comparisons.Holds(context, line, comparison, value, arguments.Get(0, "other"))
            : All[name](value, context, line, arguments);
}
