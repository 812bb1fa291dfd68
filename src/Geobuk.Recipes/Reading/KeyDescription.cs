using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Geobuk.Recipes.Reading;

/// <summary>One key of the recipe, read off its property: name, kind, limits.</summary>
internal sealed class KeyDescription
{
    public KeyDescription(PropertyInfo property, RecipeKeyAttribute limits)
    {
        Property = property;
        Limits = limits;
        Name = NameOf(property.Name);
        ValueType = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        MayBeNull = new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
        MustBeGiven = limits.Required || property.IsDefined(typeof(RequiredMemberAttribute));
        Choices = ValueType.IsEnum ? [.. Enum.GetNames(ValueType).Select(NameOf)] : limits.Choices;
        Kind = KindOf(ValueType);
        Section = Kind == ValueKind.Section ? new SectionDescription(ValueType) : null;
    }

    public PropertyInfo Property { get; }
    public RecipeKeyAttribute Limits { get; }
    /// <summary>The key in snake case, as recipes and JSON write it.</summary>
    public string Name { get; }
    public ValueKind Kind { get; }
    /// <summary>The type without nullability.</summary>
    public Type ValueType { get; }
    public bool MayBeNull { get; }
    public bool MustBeGiven { get; }
    /// <summary>Words allowed; empty where any is.</summary>
    public IReadOnlyList<string> Choices { get; }
    public SectionDescription? Section { get; }

    /// <summary>Kind and limits in words, after "expected": "a whole number, 1 to 1024".</summary>
    public string ExpectedKind => Kind switch
    {
        ValueKind.Bool => "true or false",
        ValueKind.Whole => Join("a whole number", ExpectedRange),
        ValueKind.Number => Join("a number", ExpectedRange),
        ValueKind.TextList when Choices.Count > 0 => $"a list of {string.Join(", ", Choices)}",
        ValueKind.TextList => Limits.Path == PathKind.None ? "a list of words" : "a list of folders or files",
        ValueKind.TextMap => "a group of names, each with " + Limits.PatternText,
        ValueKind.Section => "a group of keys",
        _ when Choices.Count > 0 => ExpectedChoice,
        _ when Limits.PatternText.Length > 0 => Limits.PatternText,
        _ => Limits.Path == PathKind.None ? "text" : "a path",
    } + (MayBeNull ? ", or null" : "");

    /// <summary>Words allowed, after "expected".</summary>
    public string ExpectedChoice => $"one of {string.Join(", ", Choices)}";

    /// <summary>Numbers allowed, after "expected": "0 to below 1".</summary>
    public string ExpectedRange
    {
        get
        {
            var (low, high) = (Show(LowestNumber), Show(HighestNumber));
            return (low, high) switch
            {
                (null, null) => "",
                (not null, null) => Limits.AboveMinimum ? $"above {low}" : $"at least {low}",
                (null, not null) => Limits.BelowMaximum ? $"below {high}" : $"at most {high}",
                _ when low == high => low,
                _ => $"{(Limits.AboveMinimum ? "above " : "")}{low} to {(Limits.BelowMaximum ? "below " : "")}{high}",
            };
        }
    }

    public bool InRange(double value) =>
        (Limits.AboveMinimum ? value > Limits.Minimum : value >= Limits.Minimum)
        && (Limits.BelowMaximum ? value < HighestNumber : value <= HighestNumber);

    /// <summary>Snake case: <c>KeyValueHeads</c> to <c>key_value_heads</c>.</summary>
    public static string NameOf(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    private double LowestNumber => Limits.Minimum;

    private double HighestNumber => ValueType == typeof(int) ? Math.Min(int.MaxValue, Limits.Maximum) : Limits.Maximum;

    private static string? Show(double limit) => double.IsInfinity(limit) ? null : limit.ToString("0.############", CultureInfo.InvariantCulture);

    private static string Join(string kind, string range) => range.Length == 0 ? kind : $"{kind}, {range}";

    private static ValueKind KindOf(Type type)
    {
        if (type == typeof(bool)) return ValueKind.Bool;
        if (type == typeof(int) || type == typeof(long)) return ValueKind.Whole;
        if (type == typeof(double)) return ValueKind.Number;
        if (type == typeof(string) || type.IsEnum) return ValueKind.Text;
        if (type == typeof(IReadOnlyList<string>)) return ValueKind.TextList;
        if (type == typeof(IReadOnlyDictionary<string, string>)) return ValueKind.TextMap;
        if (type.Assembly == typeof(Recipe).Assembly) return ValueKind.Section;
        throw new NotSupportedException($"a recipe key cannot be a {type}");
    }
}
