namespace Geobuk.Recipes;

/// <summary>
/// What a key of the recipe may hold. The reader, its messages and the JSON schema all come from this one place, so that a
/// new key is one property with one attribute; the property's summary becomes the schema's description.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class RecipeKeyAttribute : Attribute
{
    /// <summary>Smallest number allowed.</summary>
    public double Minimum { get; init; } = double.NegativeInfinity;
    /// <summary>Largest number allowed.</summary>
    public double Maximum { get; init; } = double.PositiveInfinity;
    /// <summary>The smallest number itself is not allowed.</summary>
    public bool AboveMinimum { get; init; }
    /// <summary>The largest number itself is not allowed.</summary>
    public bool BelowMaximum { get; init; }
    /// <summary>Words allowed; empty allows any. Of a list: the items allowed.</summary>
    public string[] Choices { get; init; } = [];
    /// <summary>The recipe must name the key although its property has a default.</summary>
    public bool Required { get; init; }
    /// <summary>Items that a list must have.</summary>
    public int MinimumItems { get; init; }
    /// <summary>Regular expression that a text must match as a whole.</summary>
    public string Pattern { get; init; } = "";
    /// <summary>The pattern in words, after "expected".</summary>
    public string PatternText { get; init; } = "";
    /// <summary>What the path or paths must lead to.</summary>
    public PathKind Path { get; init; }
    /// <summary>What to do about a wrong value, one sentence.</summary>
    public string Advice { get; init; } = "";
}
